#include "ingestd/system/mapped_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace kilometric {
namespace {

[[noreturn]] void fail(int error, const std::filesystem::path& path) {
  throw std::system_error(error, std::generic_category(), path.string());
}

}  // namespace

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
  if (fd_ >= 0) ::close(fd_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile MappedFile::map(int fd, size_t bytes, Access access, const std::filesystem::path& path) {
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const data = mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) {
    const int error = errno;
    ::close(fd);
    fail(error, path);
  }
  return MappedFile(fd, static_cast<std::byte*>(data), bytes);
}

MappedFile MappedFile::create(const std::filesystem::path& path, size_t bytes, size_t allocated) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) fail(errno, path);
  int error = posix_fallocate(fd, 0, static_cast<off_t>(allocated));
  if (error == 0 && allocated < bytes && ftruncate(fd, static_cast<off_t>(bytes)) != 0) error = errno;
  if (error != 0) {
    ::unlink(path.c_str());
    ::close(fd);
    fail(error, path);
  }
  return map(fd, bytes, Access::write, path);
}

MappedFile MappedFile::open(const std::filesystem::path& path, Access access) {
  const int flags = access == Access::write ? O_RDWR : O_RDONLY;
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && (errno == EISDIR || errno == ELOOP)) throw std::runtime_error("it is no file");
  if (fd < 0) fail(errno, path);
  struct stat status;
  if (fstat(fd, &status) != 0) {
    const int error = errno;
    ::close(fd);
    fail(error, path);
  }
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    ::close(fd);
    throw std::runtime_error(S_ISREG(status.st_mode) ? "it is empty" : "it is no file");
  }
  return map(fd, static_cast<size_t>(status.st_size), access, path);
}

bool MappedFile::allocate(size_t begin, size_t end) noexcept {
  if (posix_fallocate(fd_, static_cast<off_t>(begin), static_cast<off_t>(end - begin)) != 0) return false;
  // All pages at once, rather than each by a fault of its own. A kernel before 5.14 does not know this; then
  // they do.
  const size_t first = begin / kPageBytes * kPageBytes;
  (void)madvise(data_ + first, end - first, MADV_POPULATE_WRITE);
  return true;
}

void MappedFile::close_descriptor() noexcept { ::close(std::exchange(fd_, -1)); }

bool MappedFile::has_name() const noexcept {
  struct stat status;
  return fstat(fd_, &status) == 0 && status.st_nlink > 0;
}

void MappedFile::lock() {
  while (flock(fd_, LOCK_EX) != 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "flock");
}

bool MappedFile::try_lock() {
  while (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "flock");
  }
  return true;
}

}  // namespace kilometric
