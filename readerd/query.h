// What `GET /read` asks for: its parameters, parsed and checked. Unknown parameters are ignored, as
// the original did.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/stream_id.h"
#include "readerd/refusal.h"

namespace kilometric {

struct Query {
  enum class Type { counter, points };

  std::string key;
  Type type = Type::counter;
  IdRange range;
  uint64_t period_ms = 60'000;  ///< width of a bucket of points
};

/// `text`: the URL's query as sent. A refusal is a 400 that names the parameter and its rule.
std::variant<Query, Refusal> parse_query(std::string_view text, uint64_t now_ms);

}  // namespace kilometric
