// The tiers of all keys, and their retention: one walk in the background, again and again.
//
// A pass gives every key of the index its turn (ingestd/tiers/key_turn.h). It begins when the flusher starts,
// when Redis is another run, soon after each UTC hour begins by Redis' clock, and soon after the index has
// grown by keys of others. Before the first pass on a store, and after the index has lost what it held, the
// store's streams are brought into the index (ingestd/tiers/store_scan.h).
//
// Everything is a repetition of what is safe to repeat: nothing is remembered but in Redis, several hosts
// may walk at the same time, and whatever is left undone is done by a later pass.
//
// Owned by the flusher, on its loop, with a connection of its own: sending never waits behind pages. May
// be destroyed at any moment; what is on its way is then left to the next start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/kind.h"
#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "common/settings/settings.h"
#include "common/trouble.h"
#include "common/uv.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/tiers/index_walk.h"
#include "ingestd/tiers/new_keys.h"
#include "ingestd/tiers/rate_limit.h"
#include "ingestd/tiers/retention.h"
#include "ingestd/tiers/schedule.h"
#include "ingestd/tiers/store_scan.h"
#include "ingestd/tiers/trim_limit.h"

namespace kilometric {

class Tiers {
 public:
  /// `oldest_ms`: of what this instance may yet look up; `on_left_index`: see KeyTurn::Context. `added`: so
  /// many keys of the index of a row of kKinds need no pass, see ToldKeys::added().
  Tiers(Loop& loop, const Settings& settings, const RedisClock& clock, FlusherStatus& status,
        std::function<uint64_t()> oldest_ms, std::function<void(Kind kind, std::string_view key)> on_left_index,
        std::function<uint64_t(size_t row)> added);

  /// Redis' clock is known.
  void kick() noexcept { begin_if_due(); }

  /// Redis is another run: perhaps another store.
  void on_other_run() noexcept;

  /// No key is on its way to an index.
  void on_drained() noexcept;

  /// This key may be new to the index, and have a history.
  void on_new_key(Kind kind, std::string key) noexcept;

  /// The index has lost what it held: the streams that it lacks are to be found.
  void search_again() noexcept;

 private:
  enum class Phase : uint8_t { idle, beginning, walking };

  void on_up() noexcept;
  void on_timer() noexcept;
  void forget_search() noexcept;
  void ask_sizes() noexcept;
  void on_size(size_t row, int64_t size) noexcept;
  void pass_soon() noexcept;
  void begin_if_due() noexcept;
  void on_scanned(const std::optional<Failure>& failure);
  void on_limit(const std::optional<Failure>& failure);
  void on_walked(const IndexWalk::Report& report);
  void wait() noexcept;
  uint64_t now() const { return static_cast<uint64_t>(clock_.now()); }

  const RedisClock& clock_;
  FlusherStatus& status_;
  const Retentions retentions_;
  Redis redis_;
  RateLimit rate_limit_;
  TrimLimit trim_limit_;
  StoreScan scan_;
  IndexWalk walk_;
  NewKeys new_keys_;
  Timer timer_;
  Phase phase_ = Phase::idle;
  Schedule schedule_;
  const std::function<uint64_t(size_t row)> added_;
  /// Of the indexes when they were last asked, less what `added` was then.
  std::array<int64_t, kKinds.size()> sizes_{};
  bool look_ = false;          ///< they are to be asked
  bool search_again_ = false;  ///< the store is still marked as searched
  bool begun_badly_ = false;   ///< the search or the limit of trimming failed
  bool failed_ = false;        ///< the last pass, with what may pass
  Trouble trouble_;
};

}  // namespace kilometric
