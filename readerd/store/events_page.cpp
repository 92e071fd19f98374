#include "readerd/store/events_page.h"

#include "common/redis/reply.h"

namespace kilometric {
namespace {

bool is_array(const redisReply* reply, size_t elements) {
  return reply != nullptr && reply->type == REDIS_REPLY_ARRAY && reply->elements == elements;
}

std::optional<StoredEvent> parse_event(const redisReply* entry) {
  if (!is_array(entry, 2)) return std::nullopt;
  const auto id = parse_stream_id(reply_text(entry->element[0]));
  const redisReply* const fields = entry->element[1];
  if (!id || fields == nullptr || fields->type != REDIS_REPLY_ARRAY) return std::nullopt;
  StoredEvent event{*id, {}};
  for (size_t i = 0; i + 1 < fields->elements; i += 2)
    event.fields.emplace_back(reply_text(fields->element[i]), reply_text(fields->element[i + 1]));
  return event;
}

}  // namespace

std::string_view StoredEvent::field(std::string_view name) const {
  for (const auto& [each, text] : fields)
    if (each == name) return text;
  return {};
}

std::optional<std::vector<StoredEvent>> parse_events(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return std::nullopt;
  std::vector<StoredEvent> events;
  for (size_t i = 0; i < reply.elements; ++i) {
    auto event = parse_event(reply.element[i]);
    if (!event) return std::nullopt;
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace kilometric
