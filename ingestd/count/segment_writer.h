// The worker's side of counting: finds keys in the current segment or adds them, and adds to their
// counters a group of lines at a time, all or none of it (undo_log.h). It rotates to a new segment when
// the current one is three quarters full (the next is twice as large and knows the same keys, at zero)
// or an hour old (the next is as large as what was in it, and empty: so idle keys expire and memory
// stays bounded). There is no other way to grow, shrink or expire.
//
// When there is no room (MAX_KEYS, or a full runtime folder) new keys are refused and known ones go
// on. Owned by the worker; single-threaded.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "common/metric/amount.h"
#include "ingestd/count/key_hash.h"
#include "ingestd/count/key_table.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/parse/statsd.h"

namespace kilometric {

struct HashedLine {
  Line line;
  uint64_t hash;  ///< of the key, if the line is `accepted`
  uint64_t cell;  ///< where a key begins in the current segment, probably this one; 0 will do
};

class SegmentWriter {
 public:
  /// Opens a new segment. Throws std::system_error when the folder has no room for it.
  SegmentWriter(const std::filesystem::path& folder, unsigned index, WorkerFile& file, uint64_t max_keys);

  uint64_t hash(std::string_view key) const noexcept { return hash_(key); }
  void prefetch_slot(uint64_t hash) const noexcept { keys_.prefetch(hash); }
  uint64_t likely_cell(uint64_t hash) const noexcept { return keys_.likely_cell(hash); }
  void prefetch_cell(uint64_t cell) const noexcept { __builtin_prefetch(&segment_.cell(cell), 1); }

  /// Counts at most UndoLog::kLines lines as one step; those that are not `accepted` in the statistics
  /// only. A key that is badly formed or for which there is no room changes its line's outcome. `next`:
  /// where the receive batch goes on behind these lines.
  void count(std::span<HashedLine> lines, Via via, std::optional<Cursor> next = {}) noexcept;

  /// Counts one line, and returns its outcome.
  Outcome count(std::string_view key, uint64_t hash, const Amount& amount, Via via) noexcept;

  /// Counts a line that is not `accepted`.
  void reject(Outcome outcome, Via via) noexcept { bump(lines_by(via)[static_cast<size_t>(outcome)]); }

  /// Rotates a segment that holds keys and is an hour old. To be called now and then.
  void rotate_if_old() noexcept;

  /// After the last line.
  void seal() noexcept { segment_.seal(); }

  uint64_t keys() const noexcept { return key_count_; }

 private:
  size_t enter(std::span<HashedLine> lines) noexcept;
  void add(std::span<const HashedLine> lines, Via via) noexcept;
  uint64_t add_key(HashedLine& line) noexcept;
  uint64_t append_key(std::string_view key, uint64_t hash) noexcept;
  bool has_room(uint64_t cells) const noexcept;
  bool grow() noexcept;
  std::optional<Segment> rotate(uint64_t slots) noexcept;
  std::atomic<uint64_t>* lines_by(Via via) noexcept { return file_.stats().lines[static_cast<size_t>(via)]; }

  std::filesystem::path folder_;
  unsigned index_;
  WorkerFile& file_;
  uint64_t max_keys_;
  KeyHash hash_;
  Segment segment_;
  KeyTable keys_;
  uint64_t key_count_ = 0;
  int64_t retry_ms_ = 0;  ///< no rotation is tried before this time, after one that failed
};

/// What a worker's successor does first: takes the worker's file, undoes what it had
/// counted of a group, and seals the segments. What is left of the receive batch is for count_batch.
WorkerFile succeed_worker(const std::filesystem::path& folder, unsigned index);

}  // namespace kilometric
