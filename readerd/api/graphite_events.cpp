#include "readerd/api/graphite_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "common/json.h"
#include "common/utf8.h"
#include "readerd/api/event_text.h"

namespace kilometric {
namespace {

/// Calls `visit` with each part of the text, up to a separator, that is not empty.
template <class Visit>
void for_each_part(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string json(std::string_view text) { return json_string(valid_utf8(text)); }

std::string text_of(const StoredEvent& event) {
  const bool check = event.fields.end() !=
                     std::ranges::find(event.fields, "check", [](const auto& field) { return field.first; });
  std::string tags;
  for_each_part(event.field("tags"), ',',
                [&](std::string_view tag) { tags.append(tags.empty() ? "" : ",").append(json(tag)); });
  return fmt::format(R"({{"when":{},"what":{},"tags":[{}],"data":{}}})", time_of(event) / 1000,
                     json(event.field(check ? "check" : "title")), tags,
                     json(event.field(check ? "message" : "text")));
}

}  // namespace

GraphiteEvents::GraphiteEvents(Store& store, int64_t from, int64_t until, std::string tags,
                               HttpResponse response)
    : store_(store),
      range_{{(static_cast<uint64_t>(from) + 1) * 1000, 0},
             {static_cast<uint64_t>(until) * 1000 + 999, kMostSequence}},
      tags_(std::move(tags)),
      response_(std::move(response)) {}

void GraphiteEvents::ask() {
  const auto self = shared_from_this();
  store_.events(
      range_, Order::descending, [self] { return self->response_.wanted(); },
      [self](const Result<std::vector<StoredEvent>>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->on_page(std::get<std::vector<StoredEvent>>(result));
      });
}

void GraphiteEvents::on_page(const std::vector<StoredEvent>& page) {
  for (const StoredEvent& event : page)
    if (events_.size() < kMostEvents && is_wanted(event)) events_.push_back(text_of(event));
  looked_at_ += page.size();
  const auto before = page.empty() ? std::nullopt : previous_id(page.back().id);
  const bool more = page.size() == kEventsPageEntries && before && *before >= range_.from;
  if (!more || events_.size() == kMostEvents || looked_at_ >= kMostLookedAt) return finish();
  range_.to = *before;
  ask();
}

bool GraphiteEvents::is_wanted(const StoredEvent& event) const {
  bool has_all = true;
  for_each_part(tags_, ' ', [&](std::string_view wanted) {
    bool has = false;
    for_each_part(event.field("tags"), ',', [&](std::string_view tag) { has = has || tag == wanted; });
    has_all = has_all && has;
  });
  return has_all;
}

void GraphiteEvents::finish() {
  std::string text = "[";
  std::ranges::reverse(events_);
  for (const std::string& event : events_) text.append(text.size() == 1 ? "" : ",").append(event);
  response_.send(200, "application/json", text + "]");
}

}  // namespace kilometric
