#include "ingestd/flusher/shift_choice.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "common/metric/amount.h"
#include "common/redis/layout.h"
#include "ingestd/flusher/metronome.h"

namespace kilometric {
namespace {

constexpr uint64_t kInterval = 1'000'000;  ///< in its millionths

/// Of two shifts, on the circle.
uint64_t distance(uint64_t one, uint64_t other) {
  const uint64_t apart = std::max(one, other) - std::min(one, other);
  return std::min(apart, kInterval - apart);
}

}  // namespace

std::string shift_text(uint64_t shift) { return to_text(Amount{0, static_cast<int64_t>(shift)}); }

std::optional<uint64_t> parse_shift(std::string_view text) {
  const std::optional<Amount> amount = parse_amount(text);
  if (!amount || amount->whole != 0 || amount->millionths < 0) return std::nullopt;
  return static_cast<uint64_t>(amount->millionths);
}

ShiftChoice::ShiftChoice(Redis& redis, const RedisClock& clock, uint64_t instance,
                         std::chrono::milliseconds interval)
    : redis_(redis),
      clock_(clock),
      instance_(instance),
      lately_ms_(std::max<int64_t>(interval.count() * layout::kHealthyIntervals, 60'000)) {}

void ShiftChoice::ask(std::optional<uint64_t> own, std::function<void(uint64_t)> on_shift) noexcept {
  if (on_shift_) return;
  on_shift_ = std::move(on_shift);
  own_ = own;
  others_.clear();
  lost_ = false;
  if (own_)
    ask_instances();
  else
    ask_own();
}

void ShiftChoice::ask_own() noexcept {
  redis_.command({"HGET", layout::instance_name(std::to_string(instance_)), layout::kShiftField},
                 [this](const redisReply* reply) {
                   if (!reply) return on_shift_ = nullptr, void();
                   own_ = parse_shift(reply_text(reply));
                   ask_instances();
                 });
}

void ShiftChoice::ask_instances() noexcept {
  const std::string least = std::to_string(clock_.now() - lately_ms_);
  redis_.command(
      {"ZRANGEBYSCORE", layout::kInstances, least, "+inf", "LIMIT", "0", std::to_string(kMostInstances)},
      [this](const redisReply* reply) {
        if (!reply) return on_shift_ = nullptr, void();
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) return choose();
        ask_shifts(*reply);
      });
}

void ShiftChoice::ask_shifts(const redisReply& instances) noexcept {
  outstanding_ = instances.elements;
  for (size_t i = 0; i < instances.elements; ++i) {
    const std::string instance(reply_text(instances.element[i]));
    redis_.command({"HGET", layout::instance_name(instance), layout::kShiftField},
                   [this, instance](const redisReply* reply) { on_shift_of_another(instance, reply); });
  }
}

/// Of this instance too, if it has flushed lately; that one counts for nothing.
void ShiftChoice::on_shift_of_another(const std::string& instance, const redisReply* reply) noexcept {
  lost_ = lost_ || reply == nullptr;
  const auto shift = reply ? parse_shift(reply_text(reply)) : std::nullopt;
  if (shift && instance != std::to_string(instance_)) others_.push_back({instance, *shift});
  if (--outstanding_ > 0) return;
  if (lost_)
    on_shift_ = nullptr;
  else
    choose();
}

bool ShiftChoice::must_yield() const noexcept {
  const uint64_t least = kInterval / (2 * (others_.size() + 1));
  return std::ranges::any_of(others_, [&](const Other& other) {
    uint64_t number = 0;
    const char* const end = other.instance.data() + other.instance.size();
    const auto [stop, error] = std::from_chars(other.instance.data(), end, number);
    return error == std::errc() && stop == end && number < instance_ && distance(other.shift, *own_) < least;
  });
}

void ShiftChoice::choose() noexcept {
  if (own_ && !must_yield()) return end(*own_);
  std::vector<uint64_t> shifts;
  for (const Other& other : others_) shifts.push_back(other.shift);
  end(middle_of_widest_gap(std::move(shifts), instance_));
}

void ShiftChoice::end(uint64_t shift) noexcept { std::exchange(on_shift_, nullptr)(shift); }

}  // namespace kilometric
