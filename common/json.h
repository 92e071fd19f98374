// Strings in JSON, for bodies that are otherwise written by hand: errors, /keys, /live, /read.
//
// Whoever writes such a body calls it. It has no errors.
#pragma once

#include <string>
#include <string_view>

namespace kilometric {

/// The text as a JSON string, with its quotes. Requires valid UTF-8, see common/utf8.h.
std::string json_string(std::string_view text);

}  // namespace kilometric
