#include "common/metric/bits.h"

namespace kilometric {

void BitWriter::bits(uint64_t value, unsigned count) {
  if (count > 32) {
    bits(value >> 32, count - 32);
    count = 32;
  }
  last_ = last_ << count | (value & ((uint64_t{1} << count) - 1));
  used_ += count;
  if (used_ >= 32) put(4);
}

/// The first so many bytes of what is still to become bytes. Requires that it has as many.
void BitWriter::put(unsigned bytes) {
  const uint64_t top = htobe64(last_ << (64 - used_));
  bytes_.append(reinterpret_cast<const char*>(&top), bytes);
  used_ -= 8 * bytes;
}

std::string BitWriter::take() {
  const unsigned padding = (8 - used_ % 8) % 8;
  last_ <<= padding;
  used_ += padding;
  if (used_ > 0) put(used_ / 8);
  return std::exchange(bytes_, {});
}

void BitWriter::golomb(uint64_t value, unsigned k) {
  const unsigned zeros = (golomb_bits(value, k) - 1 - k) / 2;
  bits(0, zeros);
  bits(1, 1);
  bits((value >> k) + 1, zeros);  // without its first digit; 2^64 is 64 zeros behind it
  bits(value, k);
}

void BitReader::fill_by_bytes() noexcept {
  for (; next_ != end_ && filled_ < kShort; filled_ += 8) {
    const auto byte = static_cast<uint64_t>(static_cast<unsigned char>(*next_++));
    window_ |= byte << (kShort - filled_);
  }
}

/// One that the window does not hold whole, or is cut.
bool BitReader::long_golomb(unsigned k, uint64_t& number) noexcept {
  unsigned zeros = 0;
  for (;; ++zeros) {
    const std::optional<uint64_t> bit = bits(1);
    if (!bit || zeros > 64) return false;
    if (*bit == 1) break;
  }
  const std::optional<uint64_t> digits = bits(zeros);
  const std::optional<uint64_t> low = bits(k);
  if (!digits || !low || (zeros == 64 && *digits != 0)) return false;
  const uint64_t high = (zeros == 64 ? 0 : uint64_t{1} << zeros) + *digits - 1;
  if (k > 0 && high >> (64 - k) != 0) return false;
  number = high << k | *low;
  return true;
}

}  // namespace kilometric
