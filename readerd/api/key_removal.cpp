#include "readerd/api/key_removal.h"

#include <string>
#include <utility>
#include <variant>

#include "common/http/refusal.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// The removal goes on when its client has gone: it was asked for.
bool in_any_case() { return true; }

}  // namespace

template <class Do>
void KeyRemoval::for_each_kind(Do what) {
  for (const KindText& text : kKinds)
    if (!metric_.kind || *metric_.kind == text.kind) what(text.kind);
}

/// A name that holds no stream is somebody else's: the request is refused and nothing is removed.
void KeyRemoval::start() {
  for_each_kind([this](Kind kind) {
    ++unanswered_;
    store_.stream_info(
        layout::stream_name(kind, metric_.key), in_any_case,
        [self = shared_from_this()](const Result<StreamInfo>& result) { self->on_info(result); });
  });
}

void KeyRemoval::on_info(const Result<StreamInfo>& result) {
  --unanswered_;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
  if (unanswered_ == 0 && !refused_) remove();
}

void KeyRemoval::remove() {
  for_each_kind([this](Kind kind) { remove(kind); });
}

void KeyRemoval::remove(Kind kind) {
  const std::string& key = metric_.key;
  const bool in_cluster = store_.in_cluster();
  store_.remove_stream(layout::stream_name(kind, key), in_any_case, one_more());
  store_.remove_stream(layout::points_name(kind, key, in_cluster), in_any_case, one_more());
  store_.remove_stream(layout::hour_name(kind, key, in_cluster), in_any_case, one_more());
  store_.remove_stream(layout::day_name(kind, key, in_cluster), in_any_case, one_more());
  store_.remove_key(kind, key, in_any_case, one_more());
}

Store::On<int64_t> KeyRemoval::one_more() {
  ++unanswered_;
  return [self = shared_from_this()](const Result<int64_t>& result) { self->on_removed(result); };
}

void KeyRemoval::on_removed(const Result<int64_t>& result) {
  --unanswered_;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
  removed_ += std::get<int64_t>(result);
  if (unanswered_ > 0 || refused_) return;
  if (removed_ > 0)
    response_.send(204, {}, {});
  else
    send_error(response_, 404, "there is no metric of that key");
}

void KeyRemoval::refuse(const Refusal& refusal) {
  if (!std::exchange(refused_, true)) send_refusal(response_, refusal);
}

}  // namespace kilometric
