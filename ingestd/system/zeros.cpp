#include "ingestd/system/zeros.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace kilometric {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

Zeros::Zeros(size_t size) : size_(size) {
  const size_t bytes = size * sizeof(uint64_t);
  const bool huge = bytes >= kHugePageBytes;
  if (huge) {
    const size_t whole_pages = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
    data_ = static_cast<uint64_t*>(std::aligned_alloc(kHugePageBytes, whole_pages));
  } else {
    data_ = static_cast<uint64_t*>(std::malloc(bytes));
  }
  if (!data_) throw std::bad_alloc();
  if (huge) (void)madvise(data_, bytes, MADV_HUGEPAGE);  // a kernel that has none goes on as ever
  clear();
}

void Zeros::clear() noexcept { std::memset(data_, 0, size_ * sizeof(uint64_t)); }

Zeros::~Zeros() { std::free(data_); }

}  // namespace kilometric
