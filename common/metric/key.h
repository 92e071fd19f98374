// A key: 1 to 255 bytes of valid UTF-8 without control characters (C0, DEL, C1), stored as sent; or such a name
// with its tags, `name;tag=value;tag2=value2`, of at most 1,023 bytes.
//
// Called wherever a key comes from outside: by the segment's writer for a key that is new to it, by /track, by
// the reader's queries, by the walks over Redis' own names. What is wrong is returned as words for whoever sent
// the key.
#pragma once

#include <cstddef>
#include <string_view>

namespace kilometric {

constexpr size_t kMaxKeyBytes = 255;  ///< of its name
constexpr size_t kMaxTaggedKeyBytes = 1'023;

/// What stands before the first `;`.
constexpr std::string_view name_of(std::string_view key) noexcept { return key.substr(0, key.find(';')); }

/// nullptr when `key` is well formed; otherwise what is wrong with it, for the caller to read.
const char* key_error(std::string_view key) noexcept;

/// The same of a part of a key, whatever its length.
const char* bytes_error(std::string_view part) noexcept;

}  // namespace kilometric
