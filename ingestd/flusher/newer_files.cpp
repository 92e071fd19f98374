#include "ingestd/flusher/newer_files.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "ingestd/count/segment.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/spool/batch_format.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

struct Format {
  const char* magic;
  uint32_t version;
};
constexpr Format kFormats[] = {{SegmentHeader::kMagic, SegmentHeader::kVersion},
                               {WorkerHeader::kMagic, WorkerHeader::kVersion},
                               {BatchHeader::kMagic, BatchHeader::kVersion}};

/// What all formats begin with.
struct Begin {
  char magic[8];
  uint32_t version;
};

void check(const fs::path& path) {
  Begin begin{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&begin), sizeof begin)) return;  // it is none of ours
  for (const Format& format : kFormats)
    if (std::memcmp(begin.magic, format.magic, sizeof begin.magic) == 0 && begin.version > format.version)
      throw SettingError(fmt::format(
          "{} is of version {}, and this kilometric-ingestd, {}, reads versions up to {}: start the newer "
          "one that wrote it, and stop it when its spool is empty; or move the file away, and its counts",
          path.string(), begin.version, KILOMETRIC_VERSION, format.version));
}

void check_folder(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const bool is_aside = entry.path().filename().string().starts_with("bad-");
    if (entry.is_regular_file(error) && !is_aside) check(entry.path());
  }
}

}  // namespace

void refuse_newer_files(const Settings& settings) {
  check_folder(settings.runtime_dir);
  for (const char* name : {"pending", "kept", "aside"})
    check_folder(std::filesystem::path(settings.state_dir) / "spool" / name);
}

}  // namespace kilometric
