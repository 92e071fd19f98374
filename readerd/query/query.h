// What `GET /read` asks for: its parameters, parsed and checked. Unknown parameters are ignored, as
// the original did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/glob.h"
#include "common/metric/kind.h"
#include "readerd/functions/shape.h"
#include "readerd/keys/tag_filter.h"
#include "readerd/output/output.h"
#include "readerd/query/measure.h"
#include "readerd/series/selection.h"

namespace kilometric {

struct Query {
  /// What `type` says: a value of everything at once, of each period, or of each period what is counted per
  /// second. The numbers are in ETags.
  enum class Type : uint8_t { whole, points, rate };

  std::string name;         ///< the `key` parameters as they were sent, joined by commas
  std::vector<Glob> globs;  ///< at least one
  /// nullopt: the key is wanted as it is; else the globs are of names, and so they are with `by`.
  std::optional<TagFilters> tags;
  std::vector<std::string> by;  ///< the tags whose values make a series each; none: they are not grouped
  Measure measure;
  Type type = Type::whole;
  Selection selection;  ///< of each series
  ShapeOptions shape;   ///< its statistics are set by settle()
  bool sum = false;     ///< all series make one; with `by`, all names
  Format format = Format::json;

  /// Whether series are put together.
  bool unites() const { return sum || !by.empty(); }

  bool fills() const { return shape.fills(selection); }

  /// The metrics turn out to be of `kind`: sets the statistics that the shape writes. Refused when they are
  /// none of that kind, or not to be had in that way. Called once by parse_query() when the kind is given, or
  /// else by whoever has looked the keys up.
  std::optional<Refusal> settle(Kind kind);
};

/// `text`: the URL's query as sent; `accept`: the header, which stands in for `format`. A refusal is a 400
/// that names the parameter and its rule, or a 406 when the header takes no format that there is.
std::variant<Query, Refusal> parse_query(std::string_view text, std::string_view accept, uint64_t now_ms);

}  // namespace kilometric
