#include "common/metric/bits.h"

namespace kilometric {

void BitWriter::bits(uint64_t value, unsigned count) {
  if (count > 32) {
    bits(value >> 32, count - 32);
    count = 32;
  }
  last_ = last_ << count | (value & ((uint64_t{1} << count) - 1));
  used_ += count;
  for (; used_ >= 8; used_ -= 8) bytes_ += static_cast<char>(last_ >> (used_ - 8));
}

std::string BitWriter::take() {
  if (used_ > 0) bytes_ += static_cast<char>(last_ << (8 - used_));
  used_ = 0;
  return std::exchange(bytes_, {});
}

void BitWriter::golomb(uint64_t value, unsigned k) {
  const unsigned zeros = (golomb_bits(value, k) - 1 - k) / 2;
  bits(0, zeros);
  bits(1, 1);
  bits((value >> k) + 1, zeros);  // without its first digit; 2^64 is 64 zeros behind it
  bits(value, k);
}

/// From the next byte on, where no more than 8 are left; zeros beyond the end.
uint64_t BitReader::last_bytes() const noexcept {
  const size_t left = bytes_.size() - at_ / 8;
  if (left == 0) return 0;
  if (bytes_.size() >= 8) return load(bytes_.size() - 8) << (64 - 8 * left);
  uint64_t next = 0;
  for (size_t place = 0; place < 8; ++place)
    next = next << 8 | (place < left ? static_cast<unsigned char>(bytes_[at_ / 8 + place]) : 0U);
  return next;
}

/// One that is longer than 64 bits, or cut.
bool BitReader::long_golomb(unsigned k, uint64_t& number) noexcept {
  const auto zeros = static_cast<unsigned>(std::countl_zero(peek()));
  if (!bits(zeros) || bits(1) != 1) return false;
  const std::optional<uint64_t> digits = bits(zeros);
  const std::optional<uint64_t> low = bits(k);
  if (!digits || !low || (zeros == 64 && *digits != 0)) return false;
  const uint64_t high = (zeros == 64 ? 0 : uint64_t{1} << zeros) + *digits - 1;
  if (k > 0 && high >> (64 - k) != 0) return false;
  number = high << k | *low;
  return true;
}

}  // namespace kilometric
