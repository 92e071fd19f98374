// What became of a line, for a terminal and as JSON: of whoever reads it, a file or the network.
#pragma once

#include <string>
#include <string_view>

#include "tool/local/line_check.h"
#include "tool/show/terminal.h"

namespace kilometric::tool {

/// "ok   counter web.1  +3\n" for each sample; of a bad line "bad  stdin:2: x:1|q\n", and below what to fix.
/// `begin`: of each such row. `where`: before a bad line, "stdin:2: ".
std::string verdict_text(std::string_view text, const CheckedLine& line, std::string_view begin,
                         std::string_view where, const Terminal& terminal);

/// A line of JSON. `whence`: its first members, `"file":"-","line":2`.
std::string verdict_json(std::string_view text, const CheckedLine& line, std::string_view whence);

/// As a string of JSON, harmless to a terminal, whatever bytes it has.
std::string json_of_bytes(std::string_view bytes);

}  // namespace kilometric::tool
