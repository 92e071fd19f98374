// The StatsD parser: one line in, a key and what to add to it out. It holds no state, allocates
// nothing and reads nothing outside the line.
//
//   page.views:3|c|@0.1
//   ^          ^ ^  ^
//   |          | |  rate: above 0, at most 1; what is added is value/rate, here 30
//   |          | type: c; g, ms, h, d and s are known and not counted yet
//   |          value: decimal, with sign, fraction or exponent
//   key: up to the first colon, without blanks around it and a U+FEFF before it
//
// Also several samples of one key, `key:1|c:2|c|@0.1` (etsy) and `key:1:2|c` (packed); sections
// that nobody knows (`|#tags`, `|T1656581400`, `|c:container`) are skipped. A line is good or bad
// as a whole, and its sum is held to what one value is: at most 2^53.
// Sources: https://github.com/statsd/statsd/blob/master/docs/metric_types.md and
// https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
#pragma once

#include <string_view>

#include "common/metric/amount.h"
#include "ingestd/parse/outcome.h"

namespace kilometric {

inline constexpr std::string_view kByteOrderMark = "\uFEFF";  ///< taken off a line

struct Line {
  std::string_view key;  ///< a part of the text; 1 to 255 bytes, not yet checked (see key_error)
  Amount amount;         ///< the sum of the line's samples, each scaled by its rate
  Outcome outcome;       ///< key and amount count only when it is `accepted`
};

/// Parses a line without its line end.
Line parse_line(std::string_view line) noexcept;

/// Cuts the next line off `text` at `at`, moves `at` behind its line end (LF or CRLF), and returns
/// it without that. Empty lines count for nothing; the caller skips them.
std::string_view next_line(std::string_view text, size_t& at) noexcept;

}  // namespace kilometric
