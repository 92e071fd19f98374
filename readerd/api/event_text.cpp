#include "readerd/api/event_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/json.h"
#include "common/redis/stream_id.h"
#include "common/utf8.h"
#include "readerd/keys/tagged_key.h"

namespace kilometric {
namespace {

constexpr std::string_view kTexts[] = {"title",  "text",       "check",    "host",   "aggregation_key",
                                       "source", "alert_type", "priority", "message"};

/// Calls `visit` with each of `a,b:c`.
template <class Visit>
void for_each_tag(std::string_view tags, Visit visit) {
  while (!tags.empty()) {
    const size_t end = std::min(tags.find(','), tags.size());
    if (end > 0) visit(tags.substr(0, end));
    tags.remove_prefix(std::min(end + 1, tags.size()));
  }
}

void append_string(std::string& json, std::string_view text) { json += json_string(valid_utf8(text)); }

}  // namespace

uint64_t time_of(const StoredEvent& event) {
  const uint64_t came = parse_digits(event.field("at")).value_or(event.id.ms);
  const std::optional<uint64_t> date = parse_digits(event.field("date"));
  return date && *date <= came / 1000 ? *date * 1000 : came;
}

std::string event_json(const StoredEvent& event) {
  std::string json = R"({"id":")" + to_text(event.id) + R"(","time":)" + std::to_string(time_of(event));
  for (const std::string_view name : kTexts) {
    const auto field = std::ranges::find(event.fields, name, [](const auto& each) { return each.first; });
    if (field == event.fields.end()) continue;
    json.append(",\"").append(name).append("\":");
    append_string(json, field->second);
    if (name == "check")
      json.append(",\"status\":").append(std::to_string(parse_digits(event.field("status")).value_or(3)));
  }
  std::string tags;
  for_each_tag(event.field("tags"), [&](std::string_view tag) {
    tags += tags.empty() ? "" : ",";
    append_string(tags, tag);
  });
  if (!tags.empty()) json.append(R"(,"tags":[)").append(tags).append("]");
  return json + "}";
}

bool has_tags(const StoredEvent& event, const TagFilters& filters) {
  if (filters.all.empty()) return true;
  std::string tags;  // the last one first, as the first of a name is found
  for_each_tag(event.field("tags"), [&](std::string_view text) {
    std::string tag(text);
    std::ranges::replace(tag, ';', '_');
    const size_t colon = std::min(tag.find(':'), tag.size());
    if (colon == 0) return;
    tags.insert(0, ";" + tag.substr(0, colon) + "=" + (colon < tag.size() ? tag.substr(colon + 1) : "true"));
  });
  const std::string key = "event" + tags;
  return filters.match(TaggedKey(key));
}

}  // namespace kilometric
