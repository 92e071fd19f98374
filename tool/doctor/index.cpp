#include <fmt/format.h>

#include "tool/doctor/finding.h"
#include "tool/failure.h"
#include "tool/reader/key_pages.h"

namespace kilometric::tool {
namespace {

constexpr const char* kSample = "20";

/// False also of a key that is no stream in Redis, which is refused.
bool holds_something(const Reader& reader, const char* kind, const std::string& key) {
  Query query("/read");
  query.add("key", literal_pattern(key)).add("kind", kind).add("type", "value");
  const HttpAnswer answer = reader.ask("GET", query);
  if (answer.status == 400) return false;
  refuse_failed(answer, reader.url());
  const Json document = parse_json(answer.body, reader.url().text());
  const JsonValue* values = find(document, "values");
  return values != nullptr && values->IsArray() && !values->Empty();
}

/// How many of the first metrics of a kind are listed, and how many of these hold nothing.
std::pair<size_t, size_t> count_empty(const Reader& reader, const char* kind) {
  const Json page = reader.get_json(Query("/keys").add("kind", kind).add("limit", kSample));
  const JsonValue* list = find(page, "keys");
  if (list == nullptr || !list->IsArray()) return {0, 0};
  size_t empty = 0;
  for (const JsonValue& key : list->GetArray())
    if (!holds_something(reader, kind, text_of(key))) ++empty;
  return {list->Size(), empty};
}

}  // namespace

void look_at_index(const Reader& reader, Findings& findings) try {
  size_t listed = 0, empty = 0;
  for (const char* kind : kKindNames) {
    const auto [of_kind, without] = count_empty(reader, kind);
    listed += of_kind;
    empty += without;
  }
  if (empty > 0)
    findings.push_back(
        {Finding::Level::odd,
         fmt::format("of {} metrics in the list {} hold nothing, or are no streams", listed, empty),
         "somebody deleted or replaced their streams in Redis; empty ones leave the list within a day"});
  else if (listed > 0)
    findings.push_back({Finding::Level::good,
                        fmt::format("{} metrics of the list were looked at, and hold something", listed), ""});
} catch (const Failure&) {
  // look_at_readerd() has told it.
}

}  // namespace kilometric::tool
