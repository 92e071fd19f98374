#include "ingestd/tiers/index_walk.h"

#include <utility>

#include "common/metric/key.h"

namespace kilometric {
namespace {

constexpr size_t kPageKeys = 100;
/// Turns at a time. Most are three short commands, one after the other: with so many turns the answers come in
/// hundreds, see Redis::read_every(), and three round trips use up what a tick of the rate limit allows.
constexpr size_t kTurns = 100;
constexpr int kMostLosses = 2;

}  // namespace

void IndexWalk::Report::add(const Failure& failure, std::string_view key) {
  if (failures++ == 0) {
    text = failure.text;
    example = key;
  }
  again = again || failure.why != Failure::Why::wrong_type;
}

void IndexWalk::begin(bool all_days) {
  report_ = {};
  all_days_ = all_days;
  row_ = 0;
  begin_index();
}

void IndexWalk::begin_index() {
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
      {"ZRANGEBYLEX", kKinds[row_].index, "(" + after_, "+", "LIMIT", "0", std::to_string(kPageKeys)},
      [this](const redisReply* reply) { on_page(reply); });
}

void IndexWalk::on_page(const redisReply* reply) {
  --in_flight_;
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) {
    lost_ = failure->why == Failure::Why::lost;
    if (lost_) return settle();
    report_.add(*failure, kKinds[row_].index);
    return end_index();
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
    std::string key = std::move(page_.front());
    page_.pop_front();
    ++in_flight_;
    auto on_end = [this](const auto& ended, const auto& failure) { on_turn(ended, failure); };
    std::make_shared<KeyTurn>(context_, kKinds[row_].kind, std::move(key), now_(), all_days_, std::move(on_end))
        ->start();
  }
  settle();
}

void IndexWalk::on_turn(const std::string& key, const std::optional<Failure>& failure) {
  --in_flight_;
  context_.status.keys_walked.fetch_add(1, std::memory_order_relaxed);
  if (failure) {
    context_.status.tier_failures.fetch_add(1, std::memory_order_relaxed);
    lost_ = lost_ || failure->why == Failure::Why::lost;
    if (failure->why != Failure::Why::lost)
      report_.add(*failure, key);
    else if (one_at_a_time())
      report_.add({Failure::Why::other, "the connection is lost over its streams"}, key);
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

/// Goes on when all that is on its way has come. A turn may have been lost between its hours and its days.
void IndexWalk::settle() {
  if (in_flight_ > 0) return;
  if (lost_) {
    page_.clear();
    all_days_ = true;
    count_loss();
    if (context_.rate_limit.up()) ask_page();
    return;
  }
  after_ = page_end_;
  losses_ = 0;
  last_page_ ? end_index() : ask_page();
}

void IndexWalk::end_index() {
  if (++row_ < kKinds.size()) return begin_index();
  on_end_(std::exchange(report_, {}));
}

}  // namespace kilometric
