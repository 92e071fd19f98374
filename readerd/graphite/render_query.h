// What a request to /render asks for, parsed and checked: `target`, several times; `from` and `until`, see
// at_time.h; `format`; `maxDataPoints`; `noNullPoints`.
//
// A refusal is a 400 that names the parameter, or the target, and its rule.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "readerd/graphite/expression.h"
#include "readerd/graphite/form.h"

namespace kilometric::graphite {

enum class RenderFormat : uint8_t { json, csv, raw };

struct RenderQuery {
  static constexpr size_t kMostTargets = 100;

  std::vector<Expression> targets;
  int64_t from = 0, until = 0;  ///< seconds since the epoch; the points asked for lie in (from, until]
  RenderFormat format = RenderFormat::json;
  uint64_t most_points = 0;  ///< of a series; 0: as many as there are
  bool no_null_points = false;
};

/// `now`: seconds since the epoch.
std::variant<RenderQuery, Refusal> parse_render(const Form& form, int64_t now);

/// `from` and `until`, which are a day ago and now when they are not given. A refusal also when nothing is
/// between them.
std::variant<std::pair<int64_t, int64_t>, Refusal> parse_range(const Form& form, int64_t now);

}  // namespace kilometric::graphite
