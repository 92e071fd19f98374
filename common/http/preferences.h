// What a client would like, and how much: the lists of `Accept` and `Accept-Encoding`, by RFC 9110,
// section 12.4.2.
//
//   text/csv;header=present, application/json;q=0.5, */*;q=0
//
// readerd's answers are chosen by it. It comes from strangers: what is no weight counts as 1, as if it was not
// there.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace kilometric {

struct HttpPreference {
  std::string_view name;  ///< without parameters, as sent: "text/csv", "gzip", "*"
  int weight;             ///< in thousandths; 0: not this one
};

/// Upper or lower case.
bool is_named(const HttpPreference& preference, std::string_view name);

/// In the order of the list; views of `list`.
std::vector<HttpPreference> parse_preferences(std::string_view list);

/// The weight of the first of that name.
std::optional<int> weight_of(const std::vector<HttpPreference>& preferences, std::string_view name);

}  // namespace kilometric
