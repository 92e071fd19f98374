#include "ingestd/system/aside.h"

#include <system_error>

#include "common/log.h"

namespace kilometric {

namespace fs = std::filesystem;
namespace {

/// That no earlier file has.
fs::path free_name(const fs::path& path) {
  const fs::path wanted = path.parent_path() / ("bad-" + path.filename().string());
  fs::path name = wanted;
  std::error_code error;
  for (int number = 2; fs::exists(fs::symlink_status(name, error)); ++number)
    name = wanted.string() + "." + std::to_string(number);
  return name;
}

}  // namespace

void put_aside(const fs::path& path, const std::string& reason) {
  const fs::path aside = free_name(path);
  std::error_code error;
  fs::rename(path, aside, error);
  log_error("{} cannot be read: {}; {}", path.string(), reason,
            error ? "and cannot be moved: " + error.message() : "kept as " + aside.string());
}

}  // namespace kilometric
