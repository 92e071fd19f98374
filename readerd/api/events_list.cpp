#include "readerd/api/events_list.h"

#include <variant>

#include "common/http/refusal.h"
#include "readerd/api/event_text.h"

namespace kilometric {

void EventsList::ask() {
  const auto self = shared_from_this();
  store_.events(
      query_.range, Order::descending, [self] { return self->response_.wanted(); },
      [self](const Result<std::vector<StoredEvent>>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->on_page(std::get<std::vector<StoredEvent>>(result));
      });
}

void EventsList::on_page(const std::vector<StoredEvent>& page) {
  for (const StoredEvent& event : page) {
    if (found_ == query_.limit || text_.size() >= kMostBytes) return finish(true);
    last_ = event.id;
    if (!has_tags(event, query_.tags)) continue;
    text_.append(found_++ == 0 ? "" : ",").append(event_json(event));
  }
  looked_at_ += page.size();
  const auto before = previous_id(last_);
  if (page.size() < kEventsPageEntries || !before || *before < query_.range.from) return finish(false);
  if (looked_at_ >= kMostLookedAt) return finish(true);
  query_.range.to = *before;
  ask();
}

void EventsList::finish(bool more) {
  std::string text = R"({"events":[)" + text_ + "]";
  if (more) text.append(R"(,"cursor":")").append(to_text(last_)).append("\"");
  response_.send(200, "application/json", text + "}");
}

}  // namespace kilometric
