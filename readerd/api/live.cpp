#include "readerd/api/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/json.h"
#include "common/redis/layout.h"
#include "readerd/api/event_text.h"
#include "readerd/api/kind_header.h"
#include "readerd/series/before.h"

namespace kilometric {
namespace {

constexpr std::chrono::seconds kPause{1};

/// After so many looks without an entry a comment is sent, so that proxies keep the connection open and we
/// notice a client that has gone.
constexpr int kMostQuietLooks = 15;

constexpr int kLooksForEachLookup = 10;

/// Redis' clock, which dates the entries, may be so far from ours.
constexpr uint64_t kClocksApart = 60'000;

/// What is after it, begins with `id`.
StreamId right_before(const StreamId& id) { return previous_id(id).value_or(kFirstId); }

}  // namespace

Live::Live(Loop& loop, Shared& shared, LiveQuery query, HttpResponse response,
           std::function<void(Live&)> on_end)
    : shared_(shared),
      query_(std::move(query)),
      numbers_(query_.measure.fields()),
      response_(std::move(response)),
      on_end_(std::move(on_end)),
      timer_(loop, [this] { tick(); }),
      kind_(query_.measure.kind) {}

void Live::start(std::string_view last_event) {
  timer_.start(kPause, kPause);
  last_event_ = parse_stream_id(last_event);
  if (!query_.globs.empty())
    look_up();
  else if (last_event_)
    begin();
  else
    ask_for_the_last();
}

Alive Live::alive() {
  return [self = shared_from_this()] { return self->response_.wanted(); };
}

/// While Redis is away there is nothing new; a stream that has begun stays open.
void Live::look_up() {
  busy_ = true;
  look_up_keys(shared_.store, shared_.index, kind_, {query_.globs}, kMostKeys, alive(),
               [self = shared_from_this()](const Result<FoundKeys>& result) {
                 if (const auto* found = std::get_if<FoundKeys>(&result)) return self->on_keys(*found);
                 const auto& refusal = std::get<Refusal>(result);
                 if (self->begun_ && refusal.status == 503)
                   self->busy_ = false;
                 else
                   self->refuse(refusal);
               });
}

/// Behind the head there is but a comment to say it with.
void Live::refuse(const Refusal& refusal) {
  if (begun_)
    write(": " + refusal.message + "\n\n");
  else
    send_refusal(response_, refusal);
}

void Live::on_keys(const FoundKeys& found) {
  pattern_ = !found.one;
  if (!found.keys.empty() && !settle(found)) return;
  for (const std::string& key : found.keys)
    if (!follow(key)) return refuse({503, fmt::format("{} live streams are open; close some", kMost)});
  if (begun_)
    busy_ = false;
  else if (last_event_)
    begin();
  else
    ask_for_the_last();
}

/// What is followed is of this kind from now on. False when that does not have what is asked for.
bool Live::settle(const FoundKeys& found) {
  if (!stats_.empty()) return true;
  auto stats = stats_of_events(query_.measure, found.kind);
  if (const auto* refusal = std::get_if<Refusal>(&stats)) {
    refuse(*refusal);
    return false;
  }
  stats_ = std::get<std::vector<Stat>>(std::move(stats));
  kind_ = found.kind;
  if (!query_.measure.kind) headers_ += kind_header(found);
  return true;
}

/// False when there is no room for another key. Requires that the kind is known, as all that goes through those
/// that are followed does.
bool Live::follow(const std::string& key) {
  if (std::ranges::find(followed_, key, &Followed::key) != followed_.end()) return true;
  if (shared_.keys == kMost || followed_.size() == kMostKeys) return false;
  ++shared_.keys;
  followed_.push_back({key, layout::stream_name(*kind_, key), right_before({start_.ms, 0})});
  return true;
}

void Live::ask_for_the_last() {
  unanswered_ = followed_.size() + (query_.events ? 1 : 0);
  if (unanswered_ == 0) return begin();
  for (size_t i = 0; i < followed_.size(); ++i)
    shared_.store.end({*kind_, followed_[i].stream, {}, Order::descending}, alive(),
                      [self = shared_from_this(), i](const Result<Store::End>& result) {
                        self->on_last(result, self->followed_[i].after);
                      });
  if (query_.events)
    shared_.store.end({Kind::event, std::string(layout::kEvents), {}, Order::descending}, alive(),
                      [self = shared_from_this()](const Result<Store::End>& result) {
                        self->on_last(result, self->after_event_);
                      });
}

void Live::on_last(const Result<Store::End>& result, StreamId& after) {
  if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(response_, *refusal);
  after = std::get<Store::End>(result).value_or(kFirstId);
  if (--unanswered_ == 0 && response_.wanted()) begin();
}

void Live::begin() {
  if (followed_.empty()) start_ = {static_cast<uint64_t>(wall_ms()) - kClocksApart, 0};
  start_ = std::max(start_, after_event_);
  if (last_event_) {
    start_ = *last_event_;
    after_event_ = query_.globs.empty() ? start_ : right_before(start_);
  }
  for (Followed& each : followed_) {
    if (last_event_) each.after = pattern_ ? right_before(start_) : start_;
    start_ = std::max(start_, each.after);
  }
  begun_ = true;
  response_.begin(200, kContentType, headers_);
  write(fmt::format(": what is counted from now on\nid: {}\n\n", to_text(start_)));  // for Last-Event-ID
}

void Live::tick() {
  const auto self = shared_from_this();
  if (response_.stopping() && !begun_) send_refusal(response_, {503, "the reader stops; try again"});
  if (response_.wanted() && response_.stopping()) response_.end();
  if (!response_.wanted()) return finish();
  if (busy_) return;
  if (pattern_ && ++looks_ % kLooksForEachLookup == 0)
    look_up();
  else
    look();
}

void Live::finish() {
  timer_.stop();
  shared_.keys -= followed_.size();
  on_end_(*this);
}

void Live::look() {
  busy_ = true;
  unanswered_ = followed_.size() + (query_.events ? 2 : 1);
  for (Followed& each : followed_) look_at(each);
  if (query_.events) look_at_events();
  one_answered();
}

void Live::look_at(Followed& followed) {
  const auto from = next_id(followed.after);
  if (!from) return one_answered();
  if (needs_before(*kind_) && !followed.last_known) return find_last_of(followed, *from);
  if (last_event_ && !followed.caught_up) return catch_up(followed, *from);
  shared_.store.fetch({*kind_, followed.stream, {*from, kLastId}}, alive(),
                      [self = shared_from_this(), &followed](const Result<Page>& result) {
                        const Page* const page = std::get_if<Page>(&result);
                        self->on_page(followed, page ? *page : Page{});
                      });
}

void Live::look_at_events() {
  const auto from = next_id(after_event_);
  if (!from) return one_answered();
  shared_.store.events({*from, kLastId}, Order::ascending, alive(),
                       [self = shared_from_this()](const Result<std::vector<StoredEvent>>& result) {
                         if (const auto* const page = std::get_if<std::vector<StoredEvent>>(&result))
                           self->on_events(*page);
                         self->one_answered();
                       });
}

void Live::on_events(const std::vector<StoredEvent>& page) {
  for (const StoredEvent& event : page) {
    after_event_ = event.id;
    if (has_tags(event, *query_.events))
      events_.push_back(
          {event.id, fmt::format("event: event\nid: {}\ndata: {}\n\n", to_text(event.id), event_json(event))});
  }
}

void Live::find_last_of(Followed& followed, const StreamId& from) {
  find_before(shared_.store, *kind_, followed.key, from, alive(),
              [self = shared_from_this(), &followed](const Result<Before>& result) {
                if (const auto* const before = std::get_if<Before>(&result)) {
                  followed.last = LastValue(before->delta);
                  followed.last_known = true;
                  return self->look_at(followed);
                }
                self->one_answered();
              });
}

/// A client's last event may be older than what is left of the raw stream.
void Live::catch_up(Followed& followed, const StreamId& from) {
  if (followed.trimmed) return read_trimmed(followed);
  shared_.store.stream_info(
      followed.stream, alive(), [self = shared_from_this(), &followed, from](const Result<StreamInfo>& result) {
        const auto* const info = std::get_if<StreamInfo>(&result);
        if (info == nullptr) return self->one_answered();
        const auto last = previous_id({Reach{*info, {}, {}, {}}.raw_begin(), 0});
        std::vector<Part> parts;
        if (last && *last >= from) parts.push_back({Tier::points, {from, *last}});
        followed.trimmed.emplace(self->shared_.store, *self->kind_, followed.key, parts, Order::ascending);
        self->read_trimmed(followed);
      });
}

/// About a page at each look, as of the raw stream.
void Live::read_trimmed(Followed& followed) {
  if (followed.trimmed->at_end()) {
    followed.trimmed.reset();
    followed.caught_up = true;
    return look_at(followed);
  }
  if (events_.size() >= kPageEntries) return one_answered();
  followed.trimmed->next(alive(),
                         [self = shared_from_this(), &followed](const Result<PartReader::Piece>& result) {
                           const auto* const piece = std::get_if<PartReader::Piece>(&result);
                           if (piece == nullptr) return self->on_refused(followed, std::get<Refusal>(result));
                           self->on_entries(followed, piece->entries);
                           self->read_trimmed(followed);
                         });
}

/// While Redis is away it is tried again. What is no stream of points has nothing to tell.
void Live::on_refused(Followed& followed, const Refusal& refusal) {
  if (refusal.status != 400) return one_answered();
  followed.trimmed.reset();
  followed.caught_up = true;
  look_at(followed);
}

void Live::on_page(Followed& followed, const Page& page) {
  if (page.last) followed.after = *page.last;
  on_entries(followed, page.entries);
  one_answered();
}

void Live::on_entries(Followed& followed, const std::vector<Entry>& entries) {
  for (Entry entry : entries) {
    followed.after = std::max(followed.after, entry.id);
    followed.last.resolve(entry.delta, entry.id.ms);
    events_.push_back({entry.id, text_of(followed.key, entry)});
  }
}

void Live::one_answered() {
  if (--unanswered_ == 0) send_events();
}

std::string Live::text_of(const std::string& key, const Entry& entry) const {
  std::vector<std::optional<Number>> numbers;
  for (const Stat& stat : stats_) numbers.push_back(entry.delta.stat(stat));
  std::string text =
      fmt::format("id: {}\ndata: {{\"name\":{},\"from\":{}", to_text(entry.id), json_string(key), entry.id.ms);
  numbers_.append(text, numbers);
  return text + "}\n\n";
}

void Live::send_events() {
  std::ranges::stable_sort(events_, {}, &Event::id);
  std::string text;
  for (const Event& event : std::exchange(events_, {})) text += event.text;
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
