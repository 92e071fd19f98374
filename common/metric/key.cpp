#include "common/metric/key.h"

#include <cstdint>
#include <cstring>

#include "common/utf8.h"

namespace kilometric {
namespace {

/// Whether each of these eight bytes is one of ASCII from the blank to the tilde.
bool all_plain(const char* bytes) noexcept {
  constexpr uint64_t kOnes = 0x0101'0101'0101'0101, kTops = kOnes << 7;
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  const uint64_t below_blank = (word | kTops) - 0x20 * kOnes;  // its top bit is clear where a byte is
  const uint64_t above_tilde = (word & ~kTops) + kOnes;        // its top bit is set where a byte is 0x7F
  return (((word | above_tilde | ~below_blank) & kTops)) == 0;
}

/// How many bytes at the beginning need no closer look.
size_t plain_bytes(std::string_view key) noexcept {
  size_t at = 0;
  while (key.size() - at >= 8 && all_plain(key.data() + at)) at += 8;
  return at;
}

}  // namespace

const char* key_error(std::string_view key) noexcept {
  if (key.empty()) return "the key is empty";
  if (key.size() > kMaxKeyBytes) {
    if (name_of(key).size() > kMaxKeyBytes) return "the key is longer than 255 bytes";
    if (key.size() > kMaxTaggedKeyBytes) return "the key is longer than 1,023 bytes";
  }
  return bytes_error(key);
}

const char* bytes_error(std::string_view key) noexcept {
  key.remove_prefix(plain_bytes(key));  // nearly all of nearly every key: this is in the path of a line
  while (!key.empty()) {
    const auto byte = static_cast<unsigned char>(key[0]);
    if (byte < 0x20 || byte == 0x7F) return "the key holds a control character";
    const size_t size = utf8_size(key);
    const bool c1_control = byte == 0xC2 && size == 2 && static_cast<unsigned char>(key[1]) < 0xA0;
    if (size == 0 || c1_control) return "the key is not valid UTF-8 (or holds a control character)";
    key.remove_prefix(size);
  }
  return nullptr;
}

}  // namespace kilometric
