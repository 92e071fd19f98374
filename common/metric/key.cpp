#include "common/metric/key.h"

#include "common/utf8.h"

namespace kilometric {
const char* key_error(std::string_view key) noexcept {
  if (key.empty()) return "the key is empty";
  if (key.size() > kMaxKeyBytes) return "the key is longer than 255 bytes";
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
