// A key: 1 to 255 bytes of valid UTF-8 without control characters (C0, DEL, C1), stored as sent.
//
// Called wherever a key comes from outside: by the segment's writer for a key that is new to it, by /track, by
// the reader's queries, by the walks over Redis' own names. What is wrong is returned as words for whoever sent
// the key.
#pragma once

#include <cstddef>
#include <string_view>

namespace kilometric {

constexpr size_t kMaxKeyBytes = 255;

/// nullptr when `key` is well formed; otherwise what is wrong with it, for the caller to read.
const char* key_error(std::string_view key) noexcept;

}  // namespace kilometric
