// A file mapped into memory, whole. Owns the descriptor and the mapping; throws
// std::system_error naming the file. A file made here is allocated, not sparse: a full tmpfs fails
// now, as an error, and not later, as SIGBUS.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace kilometric {

inline constexpr size_t kPageBytes = 4096;

class MappedFile {
 public:
  enum class Access { read, write };

  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  /// Makes `path`, or empties it, with `bytes` zero bytes, of which the first `allocated` have their memory.
  /// Removes it again when there is no room.
  static MappedFile create(const std::filesystem::path& path, size_t bytes, size_t allocated);
  static MappedFile create(const std::filesystem::path& path, size_t bytes) {
    return create(path, bytes, bytes);
  }

  /// Gives the bytes from `begin` to `end` their memory. False when there is no room: they must not be touched.
  bool allocate(size_t begin, size_t end) noexcept;

  /// A folder, a link or a file of no bytes is a std::runtime_error: it will never be one to map.
  static MappedFile open(const std::filesystem::path& path, Access access);

  /// Waits until no other process holds the lock; it is held until this object, or the process, dies.
  void lock();

  /// Like lock(); false, at once, when another process holds the lock.
  bool try_lock();

  /// False when the file has been removed.
  bool has_name() const noexcept;

  /// Goes on without the descriptor. Who holds thousands of files would run out of them; without it there is no
  /// allocate() and no lock any more.
  void close_descriptor() noexcept;

  std::byte* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }

 private:
  MappedFile(int fd, std::byte* data, size_t size) : fd_(fd), data_(data), size_(size) {}
  static MappedFile map(int fd, size_t bytes, Access access, const std::filesystem::path& path);

  int fd_ = -1;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace kilometric
