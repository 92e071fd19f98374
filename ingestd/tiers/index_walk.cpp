#include "ingestd/tiers/index_walk.h"

#include <utility>

#include "common/metric/key.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kPageKeys = 100;
/// A page of keys. Most turns are three short questions, one after the other: so many at a time that they come
/// in hundreds, see Redis::read_every(), and a tick of the pace (ingestd/tiers/rate_limit.h) is used up in
/// three round trips.
constexpr size_t kTurns = 100;
constexpr int kMostLosses = 2;

}  // namespace

void IndexWalk::Report::add(const Failure& failure, std::string_view key) {
  if (failures++ == 0) {
    text = failure.text;
    example = key;
  }
  again = again || failure.kind != Failure::Kind::wrong_type;
}

void IndexWalk::begin() {
  report_ = {};
  after_.clear();
  losses_ = 0;
  ask_page();
}

void IndexWalk::resume() {
  if (lost_ && in_flight_ == 0) ask_page();
}

/// No key is empty, so all of them are past "(".
void IndexWalk::ask_page() {
  lost_ = false;
  ++in_flight_;
  context_.rate_limit.command(
      {"ZRANGEBYLEX", std::string(layout::kKeys), "(" + after_, "+", "LIMIT", "0", std::to_string(kPageKeys)},
      [this](const redisReply* reply) { on_page(reply); });
}

void IndexWalk::on_page(const redisReply* reply) {
  --in_flight_;
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) {
    lost_ = failure->kind == Failure::Kind::lost;
    if (lost_) return settle();
    report_.add(*failure, layout::kKeys);
    return end();
  }
  last_page_ = reply->elements < kPageKeys;
  page_end_ = after_;
  // A member that is not greater than those before it (by a score other than 0) is passed over: only
  // progress brings the walk to its end.
  for (size_t i = 0; i < reply->elements; ++i) {
    const std::string_view key = reply_text(reply->element[i]);
    if (key <= page_end_) continue;
    page_end_ = key;
    if (key_error(key) == nullptr) page_.emplace_back(key);
  }
  if (page_end_ == after_) last_page_ = true;
  take_turns();
}

bool IndexWalk::one_at_a_time() const { return losses_ >= kMostLosses; }

void IndexWalk::take_turns() {
  while (!page_.empty() && in_flight_ < (one_at_a_time() ? 1 : kTurns) && !lost_) {
    const std::string key = std::move(page_.front());
    page_.pop_front();
    ++in_flight_;
    KeyTurn::begin(context_, key, now_(),
                   [this, key](const std::optional<Failure>& failure) { on_turn(key, failure); });
  }
  settle();
}

void IndexWalk::on_turn(const std::string& key, const std::optional<Failure>& failure) {
  --in_flight_;
  context_.status.keys_walked.fetch_add(1, std::memory_order_relaxed);
  if (failure) {
    context_.status.tier_failures.fetch_add(1, std::memory_order_relaxed);
    lost_ = lost_ || failure->kind == Failure::Kind::lost;
    if (failure->kind != Failure::Kind::lost)
      report_.add(*failure, key);
    else if (one_at_a_time())
      report_.add({Failure::Kind::other, "the connection is lost over its streams"}, key);
  }
  if (one_at_a_time()) after_ = key;
  take_turns();
}

void IndexWalk::count_loss() {
  const FlusherStatus& status = context_.status;
  const uint64_t done = status.tier_entries_written.load(std::memory_order_relaxed) +
                        status.entries_trimmed.load(std::memory_order_relaxed);
  losses_ = std::exchange(done_, done) == done ? losses_ + 1 : 1;
}

/// Goes on when all that is on its way has come.
void IndexWalk::settle() {
  if (in_flight_ > 0) return;
  if (lost_) {
    page_.clear();
    count_loss();
    if (context_.rate_limit.up()) ask_page();
    return;
  }
  after_ = page_end_;
  losses_ = 0;
  last_page_ ? end() : ask_page();
}

void IndexWalk::end() { on_end_(std::exchange(report_, {})); }

}  // namespace kilometric
