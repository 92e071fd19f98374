#include "ingestd/system/aside.h"

#include <spdlog/spdlog.h>

#include <system_error>

namespace kilometric {

void put_aside(const std::filesystem::path& path, const std::string& reason) {
  const std::filesystem::path aside = path.parent_path() / ("bad-" + path.filename().string());
  std::error_code error;
  std::filesystem::rename(path, aside, error);
  spdlog::error("{} cannot be read: {}; {}", path.string(), reason,
                error ? "and cannot be moved: " + error.message() : "kept as " + aside.string());
}

}  // namespace kilometric
