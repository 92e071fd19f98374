#include "ingestd/flusher/shift_choice.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "common/metric/amount.h"
#include "common/redis/layout.h"
#include "ingestd/flusher/metronome.h"

namespace kilometric {

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

void ShiftChoice::ask(std::function<void(uint64_t)> on_shift) noexcept {
  if (on_shift_) return;
  on_shift_ = std::move(on_shift);
  shifts_.clear();
  lost_ = false;
  redis_.command({"HGET", layout::instance_name(std::to_string(instance_)), layout::kShiftField},
                 [this](const redisReply* reply) {
                   const auto kept = reply ? parse_shift(reply_text(reply)) : std::nullopt;
                   if (!reply) return on_shift_ = nullptr, void();
                   if (kept) return end(*kept);
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
  for (size_t i = 0; i < instances.elements; ++i)
    redis_.command({"HGET", layout::instance_name(reply_text(instances.element[i])), layout::kShiftField},
                   [this](const redisReply* reply) { on_shift_of_another(reply); });
}

void ShiftChoice::on_shift_of_another(const redisReply* reply) noexcept {
  lost_ = lost_ || reply == nullptr;
  if (const auto shift = reply ? parse_shift(reply_text(reply)) : std::nullopt) shifts_.push_back(*shift);
  if (--outstanding_ > 0) return;
  if (lost_)
    on_shift_ = nullptr;
  else
    choose();
}

void ShiftChoice::choose() noexcept { end(middle_of_widest_gap(shifts_, instance_)); }

void ShiftChoice::end(uint64_t shift) noexcept { std::exchange(on_shift_, nullptr)(shift); }

}  // namespace kilometric
