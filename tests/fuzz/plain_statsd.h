// The StatsD parser once more, as plainly as can be: strings are cut, and numbers are computed with
// 113 bits of mantissa, where the real one has 64. It says how far from the exact sum an answer may be.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "ingestd/parse/outcome.h"

namespace kilometric {

#ifdef __SIZEOF_FLOAT128__
__extension__ using Quad = __float128;
#else
using Quad = long double;  // has as many bits where there is no __float128
#endif

struct PlainLine {
  std::string_view key;   ///< as it stands in the line
  std::string_view tags;  ///< the last section of them
  Outcome outcome = Outcome::accepted;
  Quad millionths = 0;          ///< the sum
  Quad tolerance = 0;           ///< in millionths; below one half: only one answer is right
  bool either_outcome = false;  ///< so close to a limit that it may also be bad_value or bad_rate
};

PlainLine parse_plainly(std::string_view line);

/// What a TaggedKey makes of these where all tags are kept; empty when there is none. `in_name`: as in
/// TagRules.
std::string plain_key(std::string_view name, std::string_view section, char in_name);

}  // namespace kilometric
