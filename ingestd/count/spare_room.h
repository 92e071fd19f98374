// Spare room: memory of the runtime folder that a worker holds back for the time when the folder is full. To
// seal a segment means to open another, so without room for one nothing could be sealed, nothing harvested, and
// no room be made. It lies in the file `spare-<worker>`, which nobody reads.
//
// Owned by the worker's SegmentWriter, which gives it up when it cannot open a segment otherwise, and keeps it
// again when there is room. It outlives the worker, for its successor. Where there is none nothing is worse
// than without it, so errors are no matter.
#pragma once

#include <cstddef>
#include <filesystem>

namespace kilometric {

class SpareRoom {
 public:
  static constexpr size_t kBytes = 256 * 1024;  ///< a segment of 4,000 keys

  static std::filesystem::path path(const std::filesystem::path& folder, unsigned worker);

  SpareRoom(const std::filesystem::path& folder, unsigned worker) : path_(path(folder, worker)) { keep(); }

  /// Takes the room, unless it is kept already.
  void keep() noexcept;
  /// False when the last keep() found no room: the folder is full.
  bool kept() const noexcept { return kept_; }

  /// Whoever asks for room next gets it.
  void give_up() noexcept;

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace kilometric
