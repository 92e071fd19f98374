#include "ingestd/system/log_drops.h"

#include <atomic>
#include <cstdint>
#include <new>

#include "common/log.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {
namespace {

struct LogDrops {
  static constexpr uint64_t kMagic = 0x31'50'52'44'47'4F'4C'4B;  // "KLOGDRP1", read as bytes

  uint64_t magic;
  std::atomic<uint64_t> lines;  ///< every process adds to it
};

LogDrops& drops_in(const MappedFile& file) { return *reinterpret_cast<LogDrops*>(file.data()); }

MappedFile open_or_make(const std::filesystem::path& path) {
  try {
    MappedFile file = MappedFile::open(path, MappedFile::Access::write);
    if (file.size() == sizeof(LogDrops) && drops_in(file).magic == LogDrops::kMagic) return file;
  } catch (const std::exception&) {
    // There is none yet.
  }
  return map_whole(path, sizeof(LogDrops),
                   [](const MappedFile& file) { (new (file.data()) LogDrops{})->magic = LogDrops::kMagic; });
}

}  // namespace

void share_log_drops(const std::filesystem::path& runtime_folder) {
  static MappedFile file;  // as long as the process
  try {
    file = open_or_make(runtime_folder / "log-drops");
    count_dropped_lines_in(drops_in(file).lines);
  } catch (const std::exception& error) {
    log_warning("lines that the log cannot take are not counted for all: {}", error.what());
  }
}

}  // namespace kilometric
