// What the requests about keys ask for: `GET /keys`, and `key=`, which names one metric for `DELETE /keys`, and
// one or a pattern for `GET /live`. Parsed and checked; a refusal is a 400 that names the parameter and its
// rule.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/kind.h"
#include "readerd/keys/glob.h"

namespace kilometric {

struct KeysQuery {
  static constexpr size_t kUsualLimit = 1'000;
  static constexpr size_t kMostLimit = 10'000;

  Glob match;
  size_t limit;
  std::string cursor;  ///< the last key of the page before; empty: there is none
  Kind kind = Kind::counter;
};

struct MetricQuery {
  std::string key;
  Kind kind = Kind::counter;
};

struct LiveQuery {
  std::vector<Glob> globs;  ///< one
  Kind kind = Kind::counter;
};

std::variant<KeysQuery, Refusal> parse_keys_query(std::string_view text);
std::variant<MetricQuery, Refusal> parse_metric_query(std::string_view text);
std::variant<LiveQuery, Refusal> parse_live_query(std::string_view text);

}  // namespace kilometric
