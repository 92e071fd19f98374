#include "readerd/api/etag.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

namespace kilometric {
namespace {

/// The number of `type` in a tag.
int number_of_type(const Query& query) {
  if (query.selection.period.is_whole()) return 0;
  return query.shape.rate ? 2 : 1;
}

}  // namespace

std::string etag_of(const Query& query, std::string_view key, const Extents& extents) {
  const Selection& selection = query.selection;
  const std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {}", key, number_of_type(query), to_text(selection.range.from),
                  to_text(selection.range.to), selection.period.text(), static_cast<int>(query.shape.fill),
                  query.shape.limit, static_cast<int>(selection.order), static_cast<int>(query.format),
                  extents.fingerprint());
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("W/\"{:016x}{:016x}\"", hash.high64, hash.low64);
}

}  // namespace kilometric
