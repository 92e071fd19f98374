// An array of numbers that begins with zeros, for tables that are read here, there and everywhere: a large one
// lies on huge pages where the kernel has them to give, as otherwise most look-ups cost a walk through the page
// tables, too. Owned by the table. The constructor throws std::bad_alloc when there is no memory for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace kilometric {

class Zeros {
 public:
  Zeros() = default;
  explicit Zeros(size_t size);
  ~Zeros();
  Zeros(Zeros&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Zeros& operator=(Zeros&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  /// Zeros again.
  void clear() noexcept;

  uint64_t& operator[](size_t at) noexcept { return data_[at]; }
  uint64_t operator[](size_t at) const noexcept { return data_[at]; }
  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const uint64_t* begin() const noexcept { return data_; }
  const uint64_t* end() const noexcept { return data_ + size_; }

 private:
  uint64_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace kilometric
