#include "readerd/output/accept.h"

#include <tuple>
#include <vector>

#include "common/http/preferences.h"

namespace kilometric {
namespace {

using Preferences = std::vector<HttpPreference>;

struct Type {
  Format format;
  const char* name;   ///< of the media type
  const char* group;  ///< that has all of its kind
};
constexpr Type kTypes[] = {{Format::json, "application/json", "application/*"},
                           {Format::csv, "text/csv", "text/*"},
                           {Format::ndjson, "application/x-ndjson", "application/*"}};

/// How a list likes a type: the name says more than the group, and that more than `*/*`.
struct Liking {
  int weight = 0;
  bool named = false;
  size_t place = 0;  ///< in the list

  bool operator>(const Liking& other) const {
    return std::tuple(weight, named, other.place) > std::tuple(other.weight, other.named, place);
  }
};

std::optional<Liking> liking_of(const Preferences& preferences, const Type& type) {
  for (const char* name : {type.name, type.group, "*/*"})
    for (const HttpPreference& each : preferences)
      if (is_named(each, name))
        return Liking{each.weight, name == type.name, static_cast<size_t>(&each - preferences.data())};
  return std::nullopt;
}

}  // namespace

std::optional<Format> accepted_format(std::string_view accept) {
  const Preferences preferences = parse_preferences(accept);
  std::optional<Format> format;
  Liking best;
  for (const Type& type : kTypes) {
    const auto liking = liking_of(preferences, type);
    if (!liking || liking->weight == 0 || (format && !(*liking > best))) continue;
    format = type.format;
    best = *liking;
  }
  if (!format && !liking_of(preferences, kTypes[0])) return Format::json;
  return format;
}

Codings accepted_codings(std::string_view accept_encoding) {
  const Preferences preferences = parse_preferences(accept_encoding);
  const auto rest = weight_of(preferences, "*");
  auto gzip = weight_of(preferences, "gzip");
  if (!gzip) gzip = weight_of(preferences, "x-gzip");
  if (!gzip) gzip = rest;
  const auto identity = weight_of(preferences, "identity");
  return {gzip.value_or(0) > 0 && *gzip >= identity.value_or(0), identity.value_or(rest.value_or(1)) > 0};
}

}  // namespace kilometric
