#include "ingestd/tiers/key_turn.h"

#include <algorithm>
#include <utility>

#include "common/redis/layout.h"
#include "common/redis/page.h"
#include "ingestd/tiers/rollup.h"
#include "ingestd/tiers/trimmer.h"

namespace kilometric {
namespace {

/// Redis makes room for 4 KiB in a stream, and a copy has what it needs. No other command comes between.
constexpr std::string_view kGiveRoomBack =
    "local copy = KEYS[#KEYS] "
    "for i = 1, #KEYS - 1 do "
    "local length = redis.call('XLEN', KEYS[i]) "
    "if length > 0 and length <= tonumber(ARGV[1]) then "
    "redis.call('COPY', KEYS[i], copy, 'REPLACE') redis.call('RENAME', copy, KEYS[i]) "
    "end end";
constexpr uint64_t kIdleMs = 7 * layout::kDayMs;

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
      points_(layout::points_name(kind_, key_, context.rate_limit.in_cluster())),
      hour_(layout::hour_name(kind_, key_, context.rate_limit.in_cluster())),
      day_(layout::day_name(kind_, key_, context.rate_limit.in_cluster())),
      now_(now),
      all_days_(all_days),
      on_end_(std::move(on_end)) {}

void KeyTurn::start() {
  ask_top(hour_, [this](Top hour_top) {
    tops_.hour = hour_top;
    if (!retention_.trims()) return fill_hours();
    ask_points_top([this] { ask_day_top([this] { trim(); }); });
  });
}

void KeyTurn::ask_points_top(std::function<void()> then) {
  ask_top(points_, [this, then = std::move(then)](Top points_top) {
    tops_.points = points_top;
    then();
  });
}

void KeyTurn::ask_day_top(std::function<void()> then) {
  ask_top(day_, [this, then = std::move(then)](Top day_top) {
    tops_.day = day_top;
    then();
  });
}

void KeyTurn::trim() {
  Boundaries below = retention_.boundaries(now_, tops_);
  below.raw = std::min(below.raw, floor_to(Step{layout::kHourMs}, context_.oldest_ms()));
  needs_before(kind_) ? keep_last(below) : trim(below);
}

void KeyTurn::keep_last(const Boundaries& below) {
  ask_top(raw_, [this, below](Top raw_top) { trim(kilometric::keep_last(below, raw_top, tops_)); });
}

void KeyTurn::trim(const Boundaries& below) {
  trim(raw_, below.raw, [this, below] {
    trim(points_, below.points, [this, below] {
      trim(hour_, below.hour, [this, below] { trim(day_, below.day, [this] { fill_hours(); }); });
    });
  });
}

/// When no hour lacks its sum, hardly one is to be packed, see TierWriter; but for keys that were not packed
/// before.
void KeyTurn::fill_hours() {
  ask_top(raw_, [this](Top raw_top) {
    raw_top_ = raw_top;
    ask_lack(raw_, layout::kHourMs, tops_.hour, raw_top, [this](const Lack& sums) {
      if (sums || (all_days_ && raw_top_ && tops_.hour)) return fill_hours(sums);
      on_hours(std::nullopt);
    });
  });
}

void KeyTurn::fill_hours(const Lack& sums) {
  ask_packed([this, sums](bool packed) {
    const Lack points = packed ? closed_range(layout::kHourMs, tops_.points, *raw_top_) : std::nullopt;
    write({kind_,
           raw_,
           layout::kHourMs,
           {hour_, tops_.hour.has_value(), sums},
           {points_, tops_.points.has_value(), points}},
          [this](Top filled) { on_hours(filled); });
  });
}

/// A stream costs Redis more than the entries of a short one do.
void KeyTurn::ask_packed(std::function<void(bool)> then) {
  const auto ask_length = [this, then = std::move(then)] {
    if (tops_.points) return then(true);
    ask_number({"XLEN", raw_}, [then](uint64_t length) { then(length > kPageEntries); });
  };
  retention_.trims() ? ask_length() : ask_points_top(ask_length);
}

void KeyTurn::on_hours(Top filled) {
  const Top before = tops_.hour;
  if (filled) tops_.hour = filled;
  if (!tops_.hour || (!all_days_ && same_day(before, tops_.hour))) return leave();
  retention_.trims() ? fill_days() : ask_day_top([this] { fill_days(); });
}

/// A day that another host has written since its top was asked for is refused, which is as good.
void KeyTurn::fill_days() {
  ask_lack(hour_, layout::kDayMs, tops_.day, tops_.hour, [this](const Lack& sums) {
    write({kind_, hour_, layout::kDayMs, {day_, tops_.day.has_value(), sums}, {}}, [this](Top) { leave(); });
  });
}

void KeyTurn::leave() { is_idle() ? give_room_back() : leave_if_empty(); }

/// The tiers' tops are asked anew: they may have been trimmed since.
void KeyTurn::leave_if_empty() {
  if (raw_top_ || !retention_.forgets()) return end(std::nullopt);
  end_unless_empty(hour_, [this] {
    end_unless_empty(day_, [this] { end_unless_empty(points_, [this] { leave_index(); }); });
  });
}

/// Its last entry is seven to nine days old: each day has a turn that looks, see Schedule.
bool KeyTurn::is_idle() const {
  const Top last = raw_top_ ? raw_top_ : tops_.hour;
  return all_days_ && last && *last + kIdleMs < now_ && now_ < *last + kIdleMs + 2 * layout::kDayMs;
}

/// A long stream keeps its room: it is little beside what it holds, and a copy would keep Redis busy. So does
/// the key whose Redis refuses, as it may.
void KeyTurn::give_room_back() {
  const std::string copy = layout::copy_name(kind_, key_, context_.rate_limit.in_cluster());
  const std::string most = std::to_string(kPageEntries);
  context_.rate_limit.command(
      {"EVAL", kGiveRoomBack, "5", raw_, points_, hour_, day_, copy, most},
      [self = shared_from_this()](const redisReply* reply) {
        reply ? self->leave_if_empty() : self->end(failure_unless(REDIS_REPLY_NIL, reply));
      },
      kPageEntries);
}

void KeyTurn::end_unless_empty(const std::string& stream, std::function<void()> then) {
  ask_top(stream, [this, then = std::move(then)](Top top) { top ? end(std::nullopt) : then(); });
}

/// A writer adds first to the stream, then to the index. So who looks at the stream after leaving the
/// index sees what such a writer added, if its place in the index was lost.
void KeyTurn::leave_index() {
  ask_number({"ZREM", text_of(kind_).index, key_}, [this](uint64_t) {
    context_.on_left_index(kind_, key_);
    ask_top(raw_, [this](Top raw_top) {
      if (!raw_top) return end(std::nullopt);
      ask_number({"ZADD", text_of(kind_).index, "0", key_}, [this](uint64_t) { end(std::nullopt); });
    });
  });
}

void KeyTurn::ask_number(std::initializer_list<std::string_view> arguments,
                         std::function<void(uint64_t)> then) {
  auto on_reply = [self = shared_from_this(), then = std::move(then)](const redisReply* reply) {
    const auto failure = failure_unless(REDIS_REPLY_INTEGER, reply);
    failure ? self->end(failure) : then(static_cast<uint64_t>(std::max(reply->integer, 0LL)));
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
void KeyTurn::ask_lack(const std::string& source, uint64_t step, Top tier_top, Top last,
                       std::function<void(const Lack&)> then) {
  if (!last) return then(std::nullopt);
  if (tier_top) return then(closed_range(step, tier_top, *last));
  ask_one({"XRANGE", source, "-", "+", "COUNT", "1"}, [step, last, then = std::move(then)](Top first) {
    const bool open = !first || floor_to(Step{step}, *first) == floor_to(Step{step}, *last);
    then(open ? std::nullopt : closed_range(step, std::nullopt, *last));
  });
}

void KeyTurn::write(TierWriter::Work work, std::function<void(Top)> then) {
  if (!work.sums.lacks && !work.points.lacks) return then(std::nullopt);
  const auto on_end = [self = shared_from_this(), then = std::move(then)](const std::optional<Failure>& failure,
                                                                          Top filled) {
    failure ? self->end(failure) : then(filled);
  };
  std::make_shared<TierWriter>(context_.rate_limit, context_.status, std::move(work), on_end)->start();
}

}  // namespace kilometric
