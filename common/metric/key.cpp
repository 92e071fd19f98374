#include "common/metric/key.h"

#include <cstdint>

namespace kilometric {
namespace {

/// The bytes of the character that begins at `at`; 0 when it is not well-formed UTF-8 (Unicode 15,
/// table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF) or is a C1 control.
size_t multibyte_length(std::string_view text, size_t at) noexcept {
  const auto byte = [&](size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first >= 0xC2 && first <= 0xDF) {
    const bool c1_control = first == 0xC2 && second < 0xA0;
    return tail(1) && !c1_control ? 2 : 0;
  }
  if ((first & 0xF0) == 0xE0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_great = first == 0xF4 && second > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !too_great ? 4 : 0;
  }
  return 0;
}

}  // namespace

const char* key_error(std::string_view key) noexcept {
  if (key.empty()) return "the key is empty";
  if (key.size() > kMaxKeyBytes) return "the key is longer than 255 bytes";
  for (size_t at = 0; at < key.size();) {
    const auto byte = static_cast<unsigned char>(key[at]);
    if (byte < 0x20 || byte == 0x7F) return "the key holds a control character";
    if (byte < 0x80) {
      ++at;
    } else if (const size_t length = multibyte_length(key, at)) {
      at += length;
    } else {
      return "the key is not valid UTF-8 (or holds a control character)";
    }
  }
  return nullptr;
}

}  // namespace kilometric
