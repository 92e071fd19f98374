// Text for a terminal. Names come from strangers: what could move the cursor, change colours or turn the
// direction of writing is written as \xNN, whoever prints it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kilometric::tool {

/// The text with \xNN in place of each byte of a control character, of one that is not seen, and of what is no
/// UTF-8.
std::string printable(std::string_view text);

/// The same, line by line: line ends stay.
std::string printable_lines(std::string_view text);

/// The first so many lines.
std::string first_lines(std::string_view text, size_t count);

/// How many columns a printable text takes.
size_t columns_of(std::string_view text);

/// Of a printable text no more than so many columns, with an ellipsis where it is cut; the end is kept, which
/// tells more of a metric's name.
std::string cut_to(std::string_view text, size_t columns);

/// The same, but the beginning is kept.
std::string cut_behind(std::string_view text, size_t columns);

/// Blanks behind (or before) a printable text, up to so many columns.
std::string padded(std::string_view text, size_t columns);
std::string padded_left(std::string_view text, size_t columns);

/// JSON as it is, but for control characters that JSON allows and terminals obey: these are escaped.
std::string harmless_json(std::string_view json);

}  // namespace kilometric::tool
