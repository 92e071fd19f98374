// A segment of version 1, as Kilometric wrote it up to commit 5a91ce1: it lived an hour, and what of it was
// already in a batch stood in marks beside its cells. Nobody writes one any more; the flusher of an upgraded
// installation harvests what is left, once, and unlinks it.
//
// The file `segment-<number>`, in the machine's own byte order:
//
//   0      header, one page: magic, version 1, worker, number, identity, cells, born_ms; at 64: cells_used,
//   keys,
//          sealed; at 128: last_batch
//   4096   cells      `cells` times 64 bytes: whole, millionths, key bytes u8, kind u8, 6 unused, key
//   ...    marks      `cells` times 16 bytes: whole and millionths of the cell that are in a batch
//
// What it still has to give of a key is its counter minus its mark. That is negative when a harvest had taken
// what was then undone. The marks are as of batch `last_batch`: when a flusher died between storing a batch and
// storing the marks that go with it, they stand in the batch, see bring_marks_up_to_date().
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "common/metric/amount.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

struct UndoLog;

class OldSegment {
 public:
  /// What of a cell's counter is already in a batch.
  struct Mark {
    uint64_t cell;
    uint64_t whole;
    uint64_t millionths;
  };

  /// Nothing when the file is gone. One that is no whole segment is put aside, and nothing returned. Throws
  /// std::system_error when the system refuses for now.
  static std::optional<OldSegment> open(const std::filesystem::path& path);

  const Identity& identity() const noexcept { return header().identity; }
  uint32_t worker() const noexcept { return header().worker; }
  bool sealed() const noexcept { return header().sealed.load(std::memory_order_acquire) != 0; }
  void seal() const noexcept { header().sealed.store(1, std::memory_order_release); }
  uint64_t last_batch() const noexcept { return header().last_batch.load(std::memory_order_relaxed); }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// Stores what the cells held before a group, if it was counted into this segment.
  void undo(const UndoLog& log) const noexcept;

  /// Storing the same marks again changes nothing.
  void store_marks(const std::vector<Mark>& marks, uint64_t batch) const noexcept;

  /// Calls `visit(key, gain)` for every key that has gained anything since its mark.
  template <class Visit>
  void for_each_gain(Visit visit) const {
    const uint64_t end = std::min(used(), header().cells);
    for (uint64_t at = 0; at < end;) {
      const uint64_t next = at + (kKeyAt + cell(at).key_bytes + sizeof(Cell) - 1) / sizeof(Cell);
      if (cell(at).key_bytes == 0 || next > end) return;  // noise in the file: nothing behind it counts
      if (const Amount gain = gain_of(at); gain != Amount{}) visit(key(at), gain);
      at = next;
    }
  }

 private:
  struct Header {
    char magic[8];
    uint32_t version;
    uint32_t worker;
    uint64_t number;
    Identity identity;
    uint64_t cells;
    int64_t born_ms;
    alignas(64) std::atomic<uint64_t> cells_used;
    std::atomic<uint64_t> keys;
    std::atomic<uint32_t> sealed;
    alignas(64) std::atomic<uint64_t> last_batch;
  };
  struct Cell {
    uint64_t whole;
    uint64_t millionths;
    uint8_t key_bytes;
    uint8_t kind;
    uint8_t unused[6];
    char key[40];
  };
  struct MarkOfCell {
    uint64_t whole;
    uint64_t millionths;
  };
  static constexpr size_t kKeyAt = 24;

  OldSegment(MappedFile file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  static OldSegment open_whole(const std::filesystem::path& path);

  Header& header() const noexcept { return *reinterpret_cast<Header*>(file_.data()); }
  Cell& cell(uint64_t at) const noexcept { return reinterpret_cast<Cell*>(file_.data() + kPageBytes)[at]; }
  MarkOfCell& mark(uint64_t at) const noexcept {
    return reinterpret_cast<MarkOfCell*>(file_.data() + kPageBytes + header().cells * sizeof(Cell))[at];
  }
  std::string_view key(uint64_t at) const noexcept {
    return {reinterpret_cast<const char*>(&cell(at)) + kKeyAt, cell(at).key_bytes};
  }
  uint64_t used() const noexcept { return header().cells_used.load(std::memory_order_acquire); }
  Amount gain_of(uint64_t at) const noexcept;

  MappedFile file_;
  std::filesystem::path path_;
};

/// Those in `folder`, lowest number first.
std::vector<std::filesystem::path> list_old_segments(const std::filesystem::path& folder);

}  // namespace kilometric
