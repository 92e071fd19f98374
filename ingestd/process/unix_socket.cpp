#include "ingestd/process/unix_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "common/listen.h"

namespace kilometric {
namespace {

/// As for TCP.
constexpr int kBacklog = 4096;

/// A descriptor until it is released.
class Socket {
 public:
  explicit Socket(int type) : fd_(socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Requires a path that fits, as its setting was held to.
sockaddr_un name_of(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), std::min(path.size(), sizeof name.sun_path - 1));
  return name;
}

/// Whether a process holds the socket at that path: only a dead one's refuses.
bool is_living(int type, const std::string& path) {
  const Socket socket(type);
  const sockaddr_un name = name_of(path);
  return connect(socket.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ||
         errno != ECONNREFUSED;
}

[[noreturn]] void fail(const char* setting, const std::string& path, const std::string& why) {
  throw BindError(fmt::format("{}={}: {}", setting, path, why));
}

[[noreturn]] void fail(const char* setting, const std::string& path, int error) {
  fail(setting, path,
       fmt::format("the socket cannot be made there: {}; its folder must be there, and this user's to write",
                   std::generic_category().message(error)));
}

/// Removes what a dead process left.
void make_way(int type, const std::string& path, const char* setting) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) return;
  if (!S_ISSOCK(there.st_mode))
    fail(setting, path, "there is something that is no socket; move it away or choose another path");
  if (is_living(type, path))
    fail(setting, path, "the socket is already in use; stop the other program or choose another path");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) fail(setting, path, errno);
}

}  // namespace

int open_unix_socket(int type, const std::string& path, mode_t mode, const char* setting) {
  make_way(type, path, setting);
  Socket socket(type);
  if (socket.fd() < 0) fail(setting, path, errno);
  const sockaddr_un name = name_of(path);
  fchmod(socket.fd(), mode);  // of this and the umask its file is made
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) fail(setting, path, errno);
  if (chmod(path.c_str(), mode) != 0) fail(setting, path, errno);
  if (type == SOCK_STREAM && listen(socket.fd(), kBacklog) != 0) fail(setting, path, errno);
  return socket.release();
}

bool is_socket_file(const std::string& path) noexcept {
  struct stat there {};
  return lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode);
}

size_t unix_queue_datagrams() {
  size_t datagrams = 10;  // the kernel's default
  std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> datagrams;
  return datagrams;
}

}  // namespace kilometric
