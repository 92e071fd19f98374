#include "ingestd/tiers/tier_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/layout.h"
#include "common/redis/page.h"

namespace kilometric {
namespace {

/// Of the first page: most hours hold no more. It costs little of the rate limit, so that many turns ask at
/// once and their answers come together.
constexpr size_t kFirstEntries = 100;
/// The same where hours are packed, as there are many entries: an hour's at the default interval.
constexpr size_t kFirstPacked = 400;

/// Of a page that was parsed.
std::optional<StreamId> last_id_of(const redisReply& reply) {
  if (reply.elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(reply.element[reply.elements - 1]->element[0]));
}

/// From the first entry that a tier lacks on. Requires that one lacks something.
IdRange both(const TierWriter::Tier& one, const TierWriter::Tier& other) {
  if (!one.lacks || !other.lacks) return one.lacks ? *one.lacks : *other.lacks;
  return {std::min(one.lacks->from, other.lacks->from), std::max(one.lacks->to, other.lacks->to)};
}

/// The start of the first hour that a tier's maker has ready.
template <class Maker>
std::optional<uint64_t> first_of(std::optional<Maker>& maker) {
  if (!maker || maker->ready().empty()) return std::nullopt;
  return maker->ready().front().start;
}

}  // namespace

TierWriter::TierWriter(RateLimit& rate_limit, FlusherStatus& status, Work work, OnEnd on_end)
    : rate_limit_(rate_limit),
      status_(status),
      work_(std::move(work)),
      on_end_(std::move(on_end)),
      rest_(both(work_.sums, work_.points)),
      count_(work_.points.lacks ? kFirstPacked : kFirstEntries) {
  if (work_.sums.lacks) sums_.emplace(work_.step, work_.sums.lacks->from.ms);
  if (work_.points.lacks) points_.emplace(work_.kind, work_.points.lacks->from.ms);
}

void TierWriter::start() {
  if (!needs_before(work_.kind)) return go_on();
  const auto from_of = [&](const Tier& tier) { return tier.lacks.value_or(*rest_).from; };
  const StreamId first = rest_->from, second = std::max(from_of(work_.sums), from_of(work_.points));
  ask_before(first,
             [this, first, second] { first == second ? go_on() : ask_before(second, [this] { go_on(); }); });
}

void TierWriter::ask_before(const StreamId& from, std::function<void()> then) {
  const auto last = previous_id(from);
  if (!last) return then();
  rate_limit_.command({"XREVRANGE", work_.sums.stream, to_text(*last), "-", "COUNT", "1"},
                      [self = shared_from_this(), from, asked = IdRange{kFirstId, *last},
                       then = std::move(then)](const redisReply* reply) {
                        if (self->on_before(from, asked, reply)) then();
                      });
}

/// Returns false when the work has ended.
bool TierWriter::on_before(const StreamId& from, const IdRange& asked, const redisReply* reply) {
  auto failure = failure_unless(REDIS_REPLY_ARRAY, reply);
  const auto page = failure ? std::nullopt : parse_page(work_.kind, *reply, asked, Order::descending, 1);
  if (!page) {
    on_end_(failure ? failure : unexpected_answer(), top_);
    return false;
  }
  for (const Entry& before : page->entries) {
    if (points_ && work_.points.lacks->from == from) points_->build_on(before.delta);
    if (sums_ && work_.sums.lacks->from == from) sums_->build_on(before.delta);
  }
  return true;
}

/// What is ready of the earliest hour: both of it at once, in their order.
void TierWriter::go_on() {
  const auto points = first_of(points_), sum = first_of(sums_);
  const bool put_points = points && points <= sum.value_or(*points),
             put_sum = sum && sum <= points.value_or(*sum);
  in_flight_ = static_cast<int>(put_points) + static_cast<int>(put_sum);
  if (put_points) write_points();
  if (put_sum) write_sum();
  if (points || sum) return;
  rest_ ? read_page() : on_end_(std::nullopt, top_);
}

void TierWriter::read_page() {
  rate_limit_.command(
      {"XRANGE", work_.source, to_text(rest_->from), to_text(rest_->to), "COUNT", std::to_string(count_)},
      [self = shared_from_this()](const redisReply* reply) { self->on_page(reply); }, count_);
}

void TierWriter::on_page(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return on_end_(failure, top_);
  std::optional<Page> page = parse_page(work_.kind, *reply, *rest_, Order::ascending, count_);
  if (!page) return on_end_(unexpected_answer(), top_);
  rate_limit_.give_back(count_ - std::min(count_, reply->elements));
  count_ = kPageEntries;
  rest_ = page->rest;
  if (points_) points_->add(*page);
  if (sums_) sums_->add(*std::move(page));
  if (const auto last = last_id_of(*reply)) {
    if (points_) points_->close_before(last->ms);
    if (sums_) sums_->close_before(last->ms);
  }
  go_on();
}

void TierWriter::write_points() {
  const ClosedPoints& first = points_->ready().front();
  write(work_.points, first.start, {{kPointsField, first.bytes}});
}

void TierWriter::write_sum() {
  const ClosedSum& first = sums_->ready().front();
  Fields fields;
  first.sum.fields(
      [&](std::string_view name, std::string text) { fields.emplace_back(name, std::move(text)); });
  write(work_.sums, first.start, fields);
}

void TierWriter::write(Tier& tier, uint64_t start, const Fields& fields) {
  const std::string id = to_text(tier_id(start));
  const bool with_word = rate_limit_.modern() && tier.exists;
  std::vector<std::string_view> arguments{"XADD", tier.stream};
  arguments.reserve(4 + 2 * fields.size());
  if (with_word) arguments.emplace_back("NOMKSTREAM");
  arguments.emplace_back(id);
  for (const auto& [name, text] : fields) arguments.insert(arguments.end(), {name, text});
  rate_limit_.command(arguments, [self = shared_from_this(), &tier, with_word](const redisReply* reply) {
    self->take(reply, tier, with_word);
    if (--self->in_flight_ > 0) return;
    self->failure_ ? self->on_end_(self->failure_, self->top_) : self->go_on();
  });
}

/// What an older Redis does not understand is sent again without that word.
void TierWriter::take(const redisReply* reply, Tier& tier, bool with_word) {
  if (with_word && is_unknown_word(reply)) return rate_limit_.set_modern(false);
  const bool refused = is_id_too_small(reply);
  if (reply && reply->type == REDIS_REPLY_NIL) {
    failure_ = Failure{Failure::Why::other, "a tier was deleted while it was filled"};
  } else if (auto failure = failure_unless(REDIS_REPLY_STRING, reply); failure && !refused) {
    failure_ = std::move(failure);
  } else {
    if (!refused) status_.tier_entries_written.fetch_add(1, std::memory_order_relaxed);
    tier.exists = true;
    &tier == &work_.points ? drop_points(refused) : drop_sum();
  }
}

void TierWriter::drop_points(bool refused) {
  if (points_->ready().front().by_second && !refused)
    status_.hours_by_second.fetch_add(1, std::memory_order_relaxed);
  points_->ready().pop_front();
}

void TierWriter::drop_sum() {
  top_ = sums_->ready().front().start;
  sums_->ready().pop_front();
}

}  // namespace kilometric
