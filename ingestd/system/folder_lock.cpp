#include "ingestd/system/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace kilometric {

namespace fs = std::filesystem;

FolderLock::FolderLock(const fs::path& folder, const char* name, const char* setting, bool wait) {
  std::error_code error;
  if (!wait) fs::create_directories(folder, error);
  const fs::path path = folder / name;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0)
    throw std::runtime_error(std::string(setting) + "=" + folder.string() + ": cannot be written (" +
                             std::strerror(errno) +
                             "); make the folder writable for this user, or choose another");
  while (flock(fd_, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
    if (errno == EINTR) continue;
    ::close(fd_);
    throw FolderInUse(std::string(setting) + "=" + folder.string() +
                      ": another kilometric-ingestd is running on this folder; stop it, or choose "
                      "another folder");
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace kilometric
