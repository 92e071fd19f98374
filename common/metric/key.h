// A key: 1 to 255 bytes of valid UTF-8 without control characters (C0, DEL, C1), stored as sent.
#pragma once

#include <cstddef>
#include <string_view>

namespace kilometric {

constexpr size_t kMaxKeyBytes = 255;

/// nullptr when `key` is well formed; otherwise what is wrong with it, for the caller to read.
const char* key_error(std::string_view key) noexcept;

}  // namespace kilometric
