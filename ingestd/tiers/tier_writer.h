// Fills one tier of one key from the finer stream: pages it, sums, and writes one entry an hour (day). Of a
// gauge it first asks for the tier's entry before what it lacks: the others build on it. It is asked for by its
// place, as another host may have brought the tier further meanwhile.
//
// A tier never has a hole: its entries are sent one at a time, in order, each only after the one before
// was acknowledged, or refused because another host wrote it. Any other answer ends the work; what is
// missing follows in a later turn, from the tier's last entry on.
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

#include "ingestd/status/flusher_status.h"
#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/rate_limit.h"
#include "ingestd/tiers/rollup.h"

namespace kilometric {

class TierWriter : public std::enable_shared_from_this<TierWriter> {
 public:
  struct Work {
    Kind kind;
    std::string source;
    std::string tier;
    uint64_t step;
    IdRange closed;  ///< of the source: what the tier lacks, up to the entry that closes it
    bool tier_exists;
  };
  /// `top`: the start of the last hour (day) that this work brought into the tier.
  using OnEnd = std::function<void(const std::optional<Failure>& failure, std::optional<uint64_t> top)>;

  TierWriter(RateLimit& rate_limit, FlusherStatus& status, Work work, OnEnd on_end);

  /// Requires that a shared_ptr owns it.
  void start() { needs_before(work_.kind) ? ask_before() : go_on(); }

 private:
  void ask_before();
  void on_before(const IdRange& asked, const redisReply* reply);
  void go_on();
  void read_page();
  void on_page(const redisReply* reply);
  void write_first();
  void on_written(const redisReply* reply);

  RateLimit& rate_limit_;
  FlusherStatus& status_;
  const Work work_;
  const OnEnd on_end_;
  std::optional<IdRange> rest_;
  size_t count_;  ///< the most entries of the next page
  Rollup sums_;
  std::optional<uint64_t> top_;
};

}  // namespace kilometric
