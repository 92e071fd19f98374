// What `GET /read` answers: series, each a name and its values in time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/http/answer_parser.h"
#include "tool/reader/json.h"

namespace kilometric::tool {

struct Point {
  int64_t from = 0;                 ///< ms
  int64_t to = 0;                   ///< of a `value`; else `from`
  std::vector<std::string> values;  ///< a number for each statistic; empty: there is none
};

struct Series {
  std::string name;
  std::vector<Point> points;
};

/// `stats`: which are asked for; one is called `value`. Throws Failure when it is no such answer.
std::vector<Series> series_of(const HttpAnswer& answer, const std::vector<std::string>& stats);

/// The kind that the head of an answer names; a counter when it names none.
std::string kind_of(const HttpAnswer& answer);

/// A value as a double; NaN when there is none.
double to_double(const std::string& value);

}  // namespace kilometric::tool
