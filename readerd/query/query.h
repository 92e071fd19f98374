// What `GET /read` asks for: its parameters, parsed and checked. Unknown parameters are ignored, as
// the original did.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/redis/page.h"
#include "common/redis/stream_id.h"
#include "readerd/keys/glob.h"
#include "readerd/series/period.h"

namespace kilometric {

struct Query {
  enum class Type : uint8_t { counter, points, rate };
  enum class Fill : uint8_t { none, null, zero };
  enum class Format : uint8_t { json, csv, ndjson };
  static constexpr size_t kMostGlobs = 100;
  static constexpr uint64_t kMostFilled = 100'000;  ///< periods, when empty ones are filled in

  std::string name;         ///< the `key` parameters as they were sent, joined by commas
  std::vector<Glob> globs;  ///< at least one
  Type type = Type::counter;
  IdRange range;
  bool from_given = false;
  bool to_given = false;
  Period period = Period::whole();
  Fill fill = Fill::none;
  uint64_t limit = 0;  ///< buckets of a metric; 0: all
  Order order = Order::ascending;
  bool sum = false;  ///< all metrics make one
  Format format = Format::json;

  bool fills() const { return fill != Fill::none && !period.is_whole(); }
};

/// `text`: the URL's query as sent; `accept`: the header, which stands in for `format`. A refusal is a 400
/// that names the parameter and its rule.
std::variant<Query, Refusal> parse_query(std::string_view text, std::string_view accept, uint64_t now_ms);

}  // namespace kilometric
