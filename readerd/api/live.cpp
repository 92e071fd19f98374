#include "readerd/api/live.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "common/json.h"
#include "common/redis/layout.h"
#include "readerd/output/json.h"

namespace kilometric {
namespace {

constexpr std::chrono::seconds kPause{1};

/// After so many looks without an entry a comment is sent, so that proxies keep the connection open and we
/// notice a client that has gone.
constexpr int kMostQuietLooks = 15;

}  // namespace

Live::Live(Loop& loop, Store& store, MetricQuery metric, HttpResponse response,
           std::function<void(Live&)> on_end)
    : store_(store),
      metric_(std::move(metric)),
      stream_(layout::stream_name(metric_.kind, metric_.key)),
      response_(std::move(response)),
      on_end_(std::move(on_end)),
      timer_(loop, [this] { tick(); }) {}

void Live::start(std::string_view last_event) {
  timer_.start(kPause, kPause);
  if (const auto after = parse_stream_id(last_event)) return begin(*after);
  ask_for_the_last();
}

void Live::ask_for_the_last() {
  const auto self = shared_from_this();
  store_.end(
      {metric_.kind, stream_, {}, Order::descending}, [self] { return self->response_.wanted(); },
      [self](const Result<Store::End>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->begin(std::get<Store::End>(result).value_or(kFirstId));
      });
}

void Live::begin(const StreamId& after) {
  after_ = after;
  begun_ = true;
  response_.begin(200, kContentType, kHeaders);
  write(fmt::format(": what is counted from now on\nid: {}\n\n", to_text(after)));  // for Last-Event-ID
}

void Live::tick() {
  const auto self = shared_from_this();
  const auto next = next_id(after_);
  if (response_.stopping() && !begun_) send_refusal(response_, {503, "the reader stops; try again"});
  if (response_.wanted() && (response_.stopping() || !next)) response_.end();
  if (!response_.wanted()) return on_end_(*this);
  if (!busy_) look(*next);
}

void Live::look(const StreamId& from) {
  busy_ = true;
  const auto self = shared_from_this();
  store_.fetch(
      {metric_.kind, stream_, {from, kLastId}}, [self] { return self->response_.wanted(); },
      [self](const Result<Page>& result) {
        // While Redis is away there is nothing new; the stream stays open.
        const Page* const page = std::get_if<Page>(&result);
        self->on_page(page ? *page : Page{});
      });
}

void Live::on_page(const Page& page) {
  std::string text;
  if (page.last) after_ = *page.last;
  for (const Entry& entry : page.entries) {
    text += fmt::format("id: {}\ndata: {{\"name\":{},\"from\":{},\"value\":{}}}\n\n", to_text(entry.id),
                        json_string(metric_.key), entry.id.ms, to_text(entry.delta.value()));
  }
  if (text.empty() && ++quiet_looks_ < kMostQuietLooks) {
    busy_ = false;
    return;
  }
  quiet_looks_ = 0;
  write(text.empty() ? ": still here\n\n" : text);
}

void Live::write(std::string_view text) {
  response_.write(text);
  response_.when_ready([self = shared_from_this()] { self->busy_ = false; });
}

}  // namespace kilometric
