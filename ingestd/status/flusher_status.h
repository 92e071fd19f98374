// The flusher's file: `flusher` in the runtime folder. The flusher writes it, every worker's /metrics
// and /health read it. Gauges and sums only; nothing of the counts depends on it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <new>

#include "common/metric/kind.h"
#include "ingestd/count/grid.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

struct FlusherStatus {
  static constexpr uint64_t kMagic = 0x31'48'53'55'4C'46'4D'4B;  // "KMFLUSH1", read as bytes

  uint64_t magic;
  std::atomic<int64_t> grid_ms;        ///< an end of an interval, by boot_ms(): where intervals end
  std::atomic<int64_t> last_flush_ms;  ///< by boot_ms(): everything harvested was acknowledged; 0: never
  std::atomic<uint64_t> flush_us;      ///< of the last flush: from the harvest to the last answer
  std::atomic<uint64_t> redis_up;
  std::atomic<uint64_t> batches_pending;
  std::atomic<uint64_t> batches_aside;
  std::atomic<uint64_t> spool_bytes;
  std::atomic<uint64_t> batches_merged;
  std::atomic<uint64_t> batches_kept;
  std::atomic<uint64_t> batches_given_up;
  std::atomic<uint64_t> redis_append_only;
  std::atomic<uint64_t> files_unreadable;
  std::atomic<uint64_t> harvest_failures;
  std::atomic<uint64_t> entries_sent[kKinds.size()];  ///< in the order of kKinds, as index_keys
  std::atomic<uint64_t> events_sent;
  std::atomic<uint64_t> entries_aside;
  std::atomic<uint64_t> entries_doubtful;
  std::atomic<uint64_t> batches_doubtful;
  std::atomic<uint64_t> tier_entries_written;
  std::atomic<uint64_t> hours_by_second;  ///< packed hours that had more entries than they may have points
  std::atomic<uint64_t> entries_trimmed;
  std::atomic<uint64_t> keys_walked;
  std::atomic<uint64_t> tier_passes;                ///< walks over all keys that came to their end
  std::atomic<uint64_t> index_keys[kKinds.size()];  ///< in Redis, when it was last asked
  std::atomic<uint64_t> tier_failures;              ///< turns of a key that an error or a lost connection ended
};

class FlusherFile {
 public:
  /// For the flusher: begins anew, in the file there is: a full folder must not keep the flusher from
  /// starting, as it is the flusher that empties it.
  static FlusherFile create(const std::filesystem::path& folder) {
    if (FlusherFile found = open(folder, MappedFile::Access::write)) {
      const int64_t grid_ms = found.status().grid_ms.load(std::memory_order_relaxed);
      new (found.file_.data()) FlusherStatus{};
      found.status().grid_ms.store(grid_ms, std::memory_order_relaxed);  // workers go by it all the while
      found.status().magic = FlusherStatus::kMagic;
      return found;
    }
    return FlusherFile(map_whole(folder / "flusher", sizeof(FlusherStatus), [](const MappedFile& file) {
      (new (file.data()) FlusherStatus{})->magic = FlusherStatus::kMagic;
    }));
  }

  /// For everybody else; an empty object while there is none.
  static FlusherFile look(const std::filesystem::path& folder) noexcept {
    return open(folder, MappedFile::Access::read);
  }

  /// Where intervals of this length end, as the flusher has published it last.
  static Grid grid(const std::filesystem::path& folder, std::chrono::milliseconds interval) noexcept {
    const FlusherFile file = look(folder);
    return {file ? file.status().grid_ms.load(std::memory_order_relaxed) : 0, interval.count()};
  }

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  FlusherStatus& status() const noexcept { return *reinterpret_cast<FlusherStatus*>(file_.data()); }

 private:
  explicit FlusherFile(MappedFile file) : file_(std::move(file)) {}

  static FlusherFile open(const std::filesystem::path& folder, MappedFile::Access access) noexcept {
    try {
      FlusherFile file(MappedFile::open(folder / "flusher", access));
      if (file.file_.size() == sizeof(FlusherStatus) && file.status().magic == FlusherStatus::kMagic)
        return file;
    } catch (const std::exception&) {
      // not there yet
    }
    return FlusherFile(MappedFile());
  }

  MappedFile file_;
};

}  // namespace kilometric
