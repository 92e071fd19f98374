#include "ingestd/count/spare_room.h"

#include <exception>
#include <string>
#include <system_error>

#include "ingestd/system/mapped_file.h"

namespace kilometric {

namespace fs = std::filesystem;

fs::path SpareRoom::path(const fs::path& folder, unsigned worker) {
  return folder / ("spare-" + std::to_string(worker));
}

void SpareRoom::keep() noexcept {
  if (kept_) return;
  try {
    std::error_code error;
    if (fs::file_size(path_, error) != kBytes || error) MappedFile::create(path_, kBytes);
    kept_ = true;
  } catch (const std::exception&) {
    // there is no room
  }
}

void SpareRoom::give_up() noexcept {
  std::error_code error;
  fs::remove(path_, error);
  kept_ = false;
}

}  // namespace kilometric
