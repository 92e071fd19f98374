#include "readerd/api/etag.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

namespace kilometric {
namespace {

/// What is measured, unless it is a counter's usual statistic, of which tags say nothing.
std::string text_of_measure(const Query& query, Kind kind) {
  if (kind == Kind::counter && query.measure.names.empty()) return {};
  return fmt::format(" {} {}", text_of(kind).name, fmt::join(query.measure.names, ","));
}

}  // namespace

std::string etag_of(const Query& query, Kind kind, std::string_view key, const Extents& extents) {
  const Selection& selection = query.selection;
  const std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {}{}", key, static_cast<int>(query.type),
                  to_text(selection.range.from), to_text(selection.range.to), selection.period.text(),
                  static_cast<int>(query.shape.fill), query.shape.limit, static_cast<int>(selection.order),
                  static_cast<int>(query.format), extents.fingerprint(), text_of_measure(query, kind));
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("W/\"{:016x}{:016x}\"", hash.high64, hash.low64);
}

}  // namespace kilometric
