// The worker's side of counting: finds keys in the current segment or adds them, and adds to their cells a
// group of lines at a time, all or none of it (undo_log.h).
//
// A segment is sealed at the end of its interval, and when it is three quarters full; then the next one is
// twice as large. That is the only way to grow, shrink, expire and recover. At most 64 sealed segments, and
// 64 MiB of them, may wait to be harvested: past that the interval's end passes and the segment goes on, so
// that resolution is lost and counts are not, while memory stays bounded.
//
// Keys are refused when MAX_KEYS of them are known (known_keys.h), when the runtime folder has no room, and
// when a segment is full that must go on and is as large as MAX_KEYS keys need. A segment takes at its birth
// the memory that the one before it used, and a full folder has spare room for one (spare_room.h), so that new
// keys are refused then, and known ones go on.
//
// An event takes no key: each has a cell of its own, in the order they come. Of an interval's only so many are
// taken, and none when the folder is full, so that a flood of events leaves the room to metrics.
// Owned by the worker; single-threaded.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/metric/amount.h"
#include "ingestd/count/cells.h"
#include "ingestd/count/grid.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/key_hash.h"
#include "ingestd/count/key_table.h"
#include "ingestd/count/known_keys.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/spare_room.h"
#include "ingestd/count/spellings.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/parse/statsd.h"

namespace kilometric {

class SegmentWriter {
 public:
  static constexpr size_t kMostWaiting = 64;
  static constexpr uint64_t kMostWaitingBytes = uint64_t{64} << 20;
  static constexpr uint64_t kMostEvents = 256;  ///< of an interval

  /// Opens a new segment. Throws std::system_error when the folder has no room for it.
  SegmentWriter(const std::filesystem::path& folder, unsigned index, WorkerFile& file, uint64_t max_keys,
                const Grid& grid = {});

  /// Where intervals end from now on; `on_begun` is called when a key has come into an empty segment, so that
  /// end_interval() can be called when its interval is over.
  void set_grid(const Grid& grid) noexcept { grid_ = grid; }
  /// Whether a sign before a gauge's value says that it is added. It does unless told otherwise.
  void set_gauge_signs_add(bool add) noexcept { gauge_signs_add_ = add; }
  /// Which key a spelling of tags stands for.
  Spellings& spellings() noexcept { return spellings_; }
  void on_begun(std::function<void()> on_begun) { on_begun_ = std::move(on_begun); }

  /// Of a metric. A key of several kinds is as many metrics.
  uint64_t hash(Kind kind, std::string_view key) const noexcept { return hash(kind, hash_(key)); }
  static uint64_t hash(Kind kind, uint64_t key_hash) noexcept {
    constexpr uint64_t kOtherKind = 0x9E37'79B9'7F4A'7C15;
    return key_hash ^ (static_cast<uint64_t>(kind) - static_cast<uint64_t>(Kind::counter)) * kOtherKind;
  }
  /// What the memory is to be asked for ahead of a look-up: the key's slot, whether it is known, its cell.
  const void* slot(uint64_t hash) const noexcept { return keys_.place(hash); }
  const void* known(uint64_t hash) const noexcept { return known_.place(hash); }
  const void* cell(uint64_t at) const noexcept { return &segment_.cell(at); }
  /// Of kinds other than counter: as in cells.h.
  void ask_for_blocks(const HashedLine& sample) const noexcept { kilometric::ask_for_blocks(segment_, sample); }
  void ask_for_place(const HashedLine& sample) const noexcept { kilometric::ask_for_place(segment_, sample); }
  uint64_t likely_cell(uint64_t hash) const noexcept { return keys_.likely_cell(hash); }

  /// Counts at most UndoLog::kLines samples as one step; those that are not `accepted` in the statistics
  /// only. A key that is badly formed or for which there is no room changes its sample's outcome; the last
  /// sample of a line tells the line's. `next`: where the receive batch goes on behind these samples.
  void count(std::span<HashedLine> lines, Via via, std::optional<Cursor> next = {}) noexcept;

  /// Counts a line of one sample, and returns its outcome.
  Outcome count(const Line& line, Via via) noexcept;

  /// Counts a line that is not `accepted`.
  void reject(Outcome outcome, Via via) noexcept;

  /// Seals what was counted up to now, as of the interval that ended at `end_ms`, unless too much waits to be
  /// harvested or there is no room for another segment: then it is to be called again.
  void end_interval(int64_t end_ms) noexcept;

  /// Whether the current segment holds a key, and end_interval() is to be called.
  bool has_begun() const noexcept { return segment_keys_ > 0; }

  /// Forgets keys that did not come for an hour. To be called now and then.
  void forget_idle_keys() noexcept;

  /// After the last line.
  void seal() noexcept { segment_.seal(boot_ms()); }

 private:
  struct Waiting {
    std::filesystem::path path;
    uint64_t bytes;
  };

  size_t enter(std::span<HashedLine> lines) noexcept;
  uint64_t find_or_add(HashedLine& line) noexcept;
  bool enter_blocks(HashedLine& line, uint64_t at, UndoWords& undo) noexcept;
  void add(std::span<HashedLine> lines, Via via) noexcept;
  bool end_line(HashedLine& line, Via via) noexcept;
  uint64_t add_key(HashedLine& line) noexcept;
  uint64_t append_key(const HashedLine& line) noexcept;
  uint64_t add_event(HashedLine& line) noexcept;
  uint64_t number_of_event() noexcept;
  uint64_t append(Kind kind, std::string_view key) noexcept;
  bool has_room(uint64_t cells) noexcept;
  bool has_spare_room() noexcept;
  uint64_t reserve() const noexcept;
  bool grow() noexcept;
  bool may_seal() noexcept;
  bool rotate(uint64_t slots, int64_t end_ms) noexcept;
  Segment open_next(uint64_t slots, const SegmentSize& taken);
  std::atomic<uint64_t>& lines_by(Via via, Outcome outcome) noexcept {
    return file_.header().lines(static_cast<size_t>(via), static_cast<size_t>(outcome));
  }

  std::filesystem::path folder_;
  unsigned index_;
  WorkerFile& file_;
  uint64_t max_keys_;
  KnownKeys known_;
  KeyHash hash_;
  Spellings spellings_;
  SpareRoom spare_;
  Segment segment_;
  KeyTable keys_;
  uint64_t segment_keys_ = 0;
  uint64_t events_ = 0;      ///< of the interval
  uint64_t last_event_ = 0;  ///< its number
  uint64_t full_keys_ = 0;   ///< of the interval's segments before, which were full; a key may be in each
  Outcome broken_ = Outcome::accepted;  ///< of the line whose samples are counted, when one was not
  uint64_t last_used_ = 0;              ///< cells of the segment before
  std::deque<Waiting> waiting_;  ///< this worker's sealed segments, for all that is known not harvested yet
  Grid grid_;
  bool gauge_signs_add_ = true;
  std::function<void()> on_begun_ = [] {};
  int64_t retry_ms_ = 0;        ///< a full segment is not succeeded before this time, after a try that failed
  int64_t spare_retry_ms_ = 0;  ///< nor the spare room kept again
};

}  // namespace kilometric
