#include "ingestd/tiers/key_turn.h"

#include <algorithm>
#include <utility>

#include "common/redis/layout.h"
#include "ingestd/tiers/rollup.h"
#include "ingestd/tiers/tier_writer.h"
#include "ingestd/tiers/trimmer.h"

namespace kilometric {
namespace {

bool same_day(std::optional<uint64_t> one, std::optional<uint64_t> other) {
  constexpr Step kDay{layout::kDayMs};
  return one && other && floor_to(kDay, *one) == floor_to(kDay, *other);
}

}  // namespace

KeyTurn::KeyTurn(const Context& context, Kind kind, std::string key, uint64_t now, bool all_days, OnEnd on_end)
    : context_(context),
      retention_(context.retentions.of(kind)),
      kind_(kind),
      key_(std::move(key)),
      raw_(layout::stream_name(kind_, key_)),
      hour_(layout::hour_name(kind_, key_)),
      day_(layout::day_name(kind_, key_)),
      now_(now),
      all_days_(all_days),
      on_end_(std::move(on_end)) {}

void KeyTurn::start() {
  ask_top(hour_, [this](Top hour_top) {
    hour_top_ = hour_top;
    retention_.trims() ? ask_day_top([this] { trim(); }) : fill_hours();
  });
}

void KeyTurn::ask_day_top(std::function<void()> then) {
  ask_top(day_, [this, then = std::move(then)](Top day_top) {
    day_top_ = day_top;
    then();
  });
}

void KeyTurn::trim() {
  Boundaries below = retention_.boundaries(now_, hour_top_, day_top_);
  below.raw = std::min(below.raw, floor_to(Step{layout::kHourMs}, context_.oldest_ms()));
  needs_before(kind_) ? keep_last(below) : trim(below);
}

void KeyTurn::keep_last(const Boundaries& below) {
  ask_top(raw_,
          [this, below](Top raw_top) { trim(kilometric::keep_last(below, raw_top, hour_top_, day_top_)); });
}

void KeyTurn::trim(const Boundaries& below) {
  trim(raw_, below.raw, [this, below] {
    trim(hour_, below.hour, [this, below] { trim(day_, below.day, [this] { fill_hours(); }); });
  });
}

void KeyTurn::fill_hours() {
  ask_top(raw_, [this](Top raw_top) {
    raw_top_ = raw_top;
    fill(raw_, hour_, layout::kHourMs, hour_top_, raw_top, [this](Top filled) { on_hours(filled); });
  });
}

void KeyTurn::on_hours(Top filled) {
  const Top before = hour_top_;
  if (filled) hour_top_ = filled;
  if (!hour_top_ || (!all_days_ && same_day(before, hour_top_))) return leave();
  retention_.trims() ? fill_days() : ask_day_top([this] { fill_days(); });
}

/// A day that another host has written since its top was asked for is refused, which is as good.
void KeyTurn::fill_days() {
  fill(hour_, day_, layout::kDayMs, day_top_, hour_top_, [this](Top) { leave(); });
}

/// The tiers' tops are asked anew: they may have been trimmed since.
void KeyTurn::leave() {
  if (raw_top_ || !retention_.forgets()) return end(std::nullopt);
  ask_top(hour_, [this](Top hour_top) {
    if (hour_top) return end(std::nullopt);
    ask_top(day_, [this](Top day_top) { day_top ? end(std::nullopt) : leave_index(); });
  });
}

/// A writer adds first to the stream, then to the index. So who looks at the stream after leaving the
/// index sees what such a writer added, if its place in the index was lost.
void KeyTurn::leave_index() {
  ask_index({"ZREM", text_of(kind_).index, key_}, [this] {
    context_.on_left_index(kind_, key_);
    ask_top(raw_, [this](Top raw_top) {
      if (!raw_top) return end(std::nullopt);
      ask_index({"ZADD", text_of(kind_).index, "0", key_}, [this] { end(std::nullopt); });
    });
  });
}

void KeyTurn::ask_index(std::initializer_list<std::string_view> arguments, std::function<void()> then) {
  auto on_reply = [self = shared_from_this(), then = std::move(then)](const redisReply* reply) {
    const auto failure = failure_unless(REDIS_REPLY_INTEGER, reply);
    failure ? self->end(failure) : then();
  };
  context_.rate_limit.command(arguments, std::move(on_reply));
}

void KeyTurn::ask_top(const std::string& stream, std::function<void(Top)> then) {
  ask_one({"XREVRANGE", stream, "+", "-", "COUNT", "1"}, std::move(then));
}

void KeyTurn::ask_one(std::initializer_list<std::string_view> arguments, std::function<void(Top)> then) {
  auto on_reply = [self = shared_from_this(), then = std::move(then)](const redisReply* reply) {
    if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return self->end(failure);
    const auto ids = parse_ids(*reply, kLastId);
    if (!ids || ids->size() > 1) return self->end(unexpected_answer());
    then(ids->empty() ? Top() : ids->front().ms);
  };
  context_.rate_limit.command(arguments, std::move(on_reply));
}

void KeyTurn::trim(const std::string& stream, uint64_t below, std::function<void()> then) {
  if (below == 0) return then();
  const auto on_end = [self = shared_from_this(), then = std::move(then)](
                          const std::optional<Failure>& failure) { failure ? self->end(failure) : then(); };
  std::make_shared<Trimmer>(context_.rate_limit, context_.status, stream, below, on_end)->start();
}

/// Without a tier the finer stream's first entry tells whether anything is closed: a page costs more, and most
/// such keys are new.
void KeyTurn::fill(const std::string& source, const std::string& tier, uint64_t step, Top tier_top, Top last,
                   std::function<void(Top)> then) {
  if (tier_top || !last) return fill_behind(source, tier, step, tier_top, last, std::move(then));
  ask_one({"XRANGE", source, "-", "+", "COUNT", "1"}, [=, this, then = std::move(then)](Top first) {
    const bool open = !first || floor_to(Step{step}, *first) == floor_to(Step{step}, *last);
    open ? then(std::nullopt) : fill_behind(source, tier, step, std::nullopt, last, then);
  });
}

void KeyTurn::fill_behind(const std::string& source, const std::string& tier, uint64_t step, Top tier_top,
                          Top last, std::function<void(Top)> then) {
  const auto closed = last ? closed_range(step, tier_top, *last) : std::nullopt;
  if (!closed) return then(std::nullopt);
  const auto on_end = [self = shared_from_this(), then = std::move(then)](const std::optional<Failure>& failure,
                                                                          Top filled) {
    failure ? self->end(failure) : then(filled);
  };
  const TierWriter::Work work{kind_, source, tier, step, *closed, tier_top.has_value()};
  std::make_shared<TierWriter>(context_.rate_limit, context_.status, work, on_end)->start();
}

}  // namespace kilometric
