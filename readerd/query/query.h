// What `GET /read` asks for: its parameters, parsed and checked. Unknown parameters are ignored, as
// the original did.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/kind.h"
#include "readerd/functions/shape.h"
#include "readerd/keys/glob.h"
#include "readerd/output/output.h"
#include "readerd/series/selection.h"

namespace kilometric {

struct Query {
  static constexpr size_t kMostGlobs = 100;

  Kind kind = Kind::counter;  ///< of the metrics that the keys name
  std::string name;           ///< the `key` parameters as they were sent, joined by commas
  std::vector<Glob> globs;    ///< at least one
  Selection selection;        ///< of each series; its period is the whole for type=counter
  ShapeOptions shape;
  bool sum = false;  ///< all series make one
  Format format = Format::json;

  bool fills() const { return shape.fills(selection); }
};

/// `text`: the URL's query as sent; `accept`: the header, which stands in for `format`. A refusal is a 400
/// that names the parameter and its rule, or a 406 when the header takes no format that there is.
std::variant<Query, Refusal> parse_query(std::string_view text, std::string_view accept, uint64_t now_ms);

}  // namespace kilometric
