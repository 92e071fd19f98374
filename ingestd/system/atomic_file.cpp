#include "ingestd/system/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/log.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

fs::path unborn(const fs::path& path) { return path.string() + ".new"; }

}  // namespace

void write_whole(const fs::path& path, std::string_view text) {
  const fs::path unborn_path = unborn(path);
  const int fd = ::open(unborn_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!written) throw std::system_error(error, std::generic_category(), unborn_path.string());
  fs::rename(unborn_path, path);
  sync_folder(path.parent_path());
}

MappedFile map_whole(const fs::path& path, size_t bytes, const std::function<void(MappedFile& file)>& fill) {
  MappedFile file = MappedFile::create(unborn(path), bytes);
  fill(file);
  fs::rename(unborn(path), path);
  return file;
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
    log_warning("{} cannot be synced: {}", folder.string(), std::strerror(errno));
  if (fd >= 0) ::close(fd);
}

}  // namespace kilometric
