// Removes the entries of one stream below a boundary, a page at a time, so that no command keeps Redis
// busy for long. Exact: only IDs seen in a page, or below its last, are removed. The stream itself stays:
// an empty one still knows its last ID, and refuses what was there before.
//
// XTRIM MINID where Redis (6.2) knows it; else XDEL of the page's IDs. XTRIM MAXLEN would race with
// writers.
//
// Owned by the replies it waits for: dropping these ends it without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/stream_id.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/rate_limit.h"

namespace kilometric {

class Trimmer : public std::enable_shared_from_this<Trimmer> {
 public:
  using OnEnd = std::function<void(const std::optional<Failure>& failure)>;

  /// Removes what is below `below`, in ms. Requires below > 0.
  Trimmer(RateLimit& rate_limit, FlusherStatus& status, std::string stream, uint64_t below, OnEnd on_end);

  /// Requires that a shared_ptr owns it.
  void start() { read_page(); }

 private:
  void read_page();
  void on_page(const redisReply* reply);
  void remove();
  void trim_to_last();
  void delete_some();
  void on_removed(const redisReply* reply, size_t next);

  RateLimit& rate_limit_;
  FlusherStatus& status_;
  const std::string stream_;
  const StreamId last_;  ///< to remove, at most
  const OnEnd on_end_;
  std::vector<StreamId> page_;
  size_t next_ = 0;  ///< of the page: what is not yet removed
};

}  // namespace kilometric
