// Finds the streams that the indexes lack, such as those the original has left, and adds their keys.
//
// Owned by the tiers. Once for each store: a marker in Redis says that it was done, and is set only when
// a scan came to its end. A scan that is interrupted is begun again. Hosts may scan at the same time. Of a
// cluster the primaries are searched one after the other; when slots have moved meanwhile the search has
// failed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/rate_limit.h"

namespace kilometric {

class StoreScan {
 public:
  using OnEnd = std::function<void(const std::optional<Failure>& failure)>;

  /// `now`: ms by Redis' clock.
  StoreScan(RateLimit& rate_limit, std::function<uint64_t()> now, OnEnd on_end)
      : rate_limit_(rate_limit), now_(std::move(now)), on_end_(std::move(on_end)) {}

  /// Does nothing but call `on_end` when the store bears the marker.
  void begin();

 private:
  void scan();
  void on_names(const redisReply* reply);
  void ask_type(Kind kind, std::string_view key);
  void index_found();
  void on_indexed(const redisReply* reply);
  void answered();
  void end_node();
  void mark();

  RateLimit& rate_limit_;
  const std::function<uint64_t()> now_;
  const OnEnd on_end_;
  std::vector<Redis::Node> nodes_;  ///< of a cluster, when the search began
  size_t node_ = 0;                 ///< whose names are looked at
  std::string cursor_;
  std::array<std::vector<std::string>, kKinds.size()> found_;  ///< keys of streams, not yet in their index
  size_t in_flight_ = 0;
  uint64_t added_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace kilometric
