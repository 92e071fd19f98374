// UTF-8: which bytes are a character, and text made of nothing else.
//
// Called by what takes text from strangers: the keys of metrics, and the error texts of HTTP answers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kilometric {

/// The size of the character that `text` begins with; 0 when it begins with none that is well-formed (Unicode
/// 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF) or when it is empty.
size_t utf8_size(std::string_view text) noexcept;

/// The text with U+FFFD in place of each byte that belongs to no character.
std::string valid_utf8(std::string_view text);

}  // namespace kilometric
