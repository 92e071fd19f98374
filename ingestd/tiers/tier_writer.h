// Fills tiers of one key from the finer stream: pages it, and writes one entry an hour (day). The raw entries
// are read once for both of their tiers, the hours' sums and the packed hours, each from its own last entry on.
// Of a gauge it first asks for the entry of the sums' tier before what a tier lacks: the others build on it. It
// is asked for by its place, as another host may have brought the tier further meanwhile.
//
// A tier never has a hole: its entries are sent one at a time, in order, each only after the one before
// was acknowledged, or refused because another host wrote it. Any other answer ends the work; what is
// missing follows in a later turn, from the tier's last entry on. An hour's points are sent right before its
// sum, so who finds that no hour lacks its sum will hardly find one that is not packed.
//
// A tier that somebody deletes meanwhile must not begin anew in its middle: XADD NOMKSTREAM, where Redis
// (6.2) knows it, leaves it deleted until the next turn begins at its beginning. (Only when it is deleted
// just while two hosts fill it, one of them from its beginning, the other's next entry may follow the
// first's; then it must be deleted again.)
//
// Owned by the replies it waits for: dropping these ends it without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingestd/status/flusher_status.h"
#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/packed_hours.h"
#include "ingestd/tiers/rate_limit.h"
#include "ingestd/tiers/rollup.h"

namespace kilometric {

class TierWriter : public std::enable_shared_from_this<TierWriter> {
 public:
  struct Tier {
    std::string stream;
    bool exists = false;
    /// Of the source: what the tier lacks, up to the entry that closes it; nullopt: nothing.
    std::optional<IdRange> lacks = std::nullopt;
  };
  struct Work {
    Kind kind;
    std::string source;
    uint64_t step;
    Tier sums;
    Tier points;  ///< lacks nothing when there are to be none
  };
  /// `top`: the start of the last hour (day) whose sum this work brought into the tier.
  using OnEnd = std::function<void(const std::optional<Failure>& failure, std::optional<uint64_t> top)>;

  TierWriter(RateLimit& rate_limit, FlusherStatus& status, Work work, OnEnd on_end);

  /// Requires that a shared_ptr owns it.
  void start();

 private:
  using Fields = std::vector<std::pair<std::string_view, std::string>>;

  void ask_before(const StreamId& from, std::function<void()> then);
  bool on_before(const StreamId& from, const IdRange& asked, const redisReply* reply);
  void go_on();
  void read_page();
  void on_page(const redisReply* reply);
  void write_points();
  void write_sum();
  void write(Tier& tier, uint64_t start, const Fields& fields);
  void take(const redisReply* reply, Tier& tier, bool with_word);
  void drop_points(bool refused);
  void drop_sum();

  RateLimit& rate_limit_;
  FlusherStatus& status_;
  Work work_;
  const OnEnd on_end_;
  std::optional<IdRange> rest_;
  size_t count_;  ///< the most entries of the next page
  std::optional<Rollup> sums_;
  std::optional<PackedHours> points_;
  int in_flight_ = 0;  ///< entries on their way
  std::optional<Failure> failure_;
  std::optional<uint64_t> top_;
};

}  // namespace kilometric
