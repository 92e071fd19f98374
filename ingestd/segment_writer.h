// The worker's side of counting: finds a key in the current segment or adds it, and makes each
// line's stores by way of the redo record. It rotates to a new segment when the current one is three
// quarters full (the next is twice as large and knows the same keys, at zero) or an hour old (the
// next is as large as what was in it, and empty: so idle keys expire and memory stays bounded). There
// is no other way to grow, shrink or expire.
//
// When there is no room (MAX_KEYS, or a full runtime folder) new keys are refused and known ones go
// on. Owned by the worker; single-threaded.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "common/number.h"
#include "ingestd/key_index.h"
#include "ingestd/segment.h"
#include "ingestd/worker_file.h"

namespace kilometric {

class SegmentWriter {
 public:
  /// Opens a new segment. Throws std::system_error when the folder has no room for it.
  SegmentWriter(const std::filesystem::path& folder, unsigned index, WorkerFile& file,
                uint64_t max_keys);

  uint64_t hash(std::string_view key) const noexcept;
  void prefetch(uint64_t hash) const noexcept { keys_.prefetch(hash); }
  void prefetch_cell(uint64_t hash) const noexcept { keys_.prefetch_cell(hash, segment_); }

  /// Adds `amount` to `key` and returns accepted, or says why not (bad_key, refused). Statistics and,
  /// for a line of the receive batch, the cursor move with it.
  Outcome count(std::string_view key, uint64_t hash, const Amount& amount, Via via,
                std::optional<Cursor> next = {}) noexcept;

  /// Counts a line that is not `accepted`.
  void reject(Outcome outcome, Via via, std::optional<Cursor> next = {}) noexcept;

  /// Rotates a segment that holds keys and is an hour old. To be called now and then.
  void rotate_if_old() noexcept;

  /// After the last line.
  void seal() noexcept { segment_.seal(); }

  uint64_t keys() const noexcept { return key_count_; }

 private:
  uint64_t add_key(std::string_view key, uint64_t hash) noexcept;
  uint64_t append_key(std::string_view key, uint64_t hash) noexcept;
  bool has_room(uint64_t cells) const noexcept;
  bool grow() noexcept;
  std::optional<Segment> rotate(uint64_t slots) noexcept;
  void begin_redo(Outcome outcome, Via via, std::optional<Cursor> next) noexcept;

  std::filesystem::path folder_;
  unsigned index_;
  WorkerFile& file_;
  uint64_t max_keys_;
  uint64_t seed_;
  Segment segment_;
  KeyIndex keys_;
  uint64_t key_count_ = 0;
  int64_t retry_ms_ = 0;  ///< no rotation is tried before this time, after one that failed
};

/// What a worker's successor does first: takes the worker's file, makes the stores of an armed redo
/// record (again), and seals the segments. What is left of the receive batch is for count_batch.
WorkerFile succeed_worker(const std::filesystem::path& folder, unsigned index);

}  // namespace kilometric
