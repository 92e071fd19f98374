#include "ingestd/flusher/registration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

constexpr std::string_view kMostGone = "100";  ///< instances that are forgotten with a flush

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

Registration::Registration(Redis& redis, const RedisClock& clock, FlusherStatus& status, uint64_t instance,
                           std::chrono::milliseconds interval)
    : redis_(redis),
      clock_(clock),
      status_(status),
      instance_(std::to_string(instance)),
      interval_(fmt::format("{}", static_cast<double>(interval.count()) / 1000)),
      started_ms_(boot_ms()) {}

void Registration::begin_flush() noexcept {
  if (began_ns_ == 0) began_ns_ = uv_hrtime();
  due_ = true;
}

void Registration::tell(const Report& report, std::function<void()> on_answer) noexcept {
  due_ = false;
  const auto now = static_cast<uint64_t>(clock_.now());
  redis_.command({"HGET", layout::instance_name(instance_), layout::kOldestField},
                 [this, report, now, on_answer = std::move(on_answer)](const redisReply* reply) {
                   if (!reply) return on_answer();
                   const std::optional<uint64_t> told = parse_digits(reply_text(reply));
                   const uint64_t oldest_ms = std::min(report.oldest_ms, now);
                   oldest_ms_ = told ? std::max({*told, oldest_ms_, oldest_ms}) : now;
                   write(report, on_answer);
                 });
}

void Registration::write(const Report& report, std::function<void()> on_answer) noexcept {
  write_state(report, {{layout::kShiftField, shift_}, {layout::kOldestField, std::to_string(oldest_ms_)}});
  redis_.command({"ZADD", layout::kInstances, std::to_string(clock_.now()), instance_},
                 [this, on_answer = std::move(on_answer)](const redisReply* reply) {
                   if (reply && reply->type == REDIS_REPLY_INTEGER) {
                     told_ms_ = boot_ms();
                     end_flush();
                   }
                   on_answer();
                 });
  expire_in_a_week(layout::kInstances);
  forget_the_gone();  // this one has flushed
}

void Registration::write_state(const Report& report, Fields fields) noexcept {
  const std::string name = layout::instance_name(instance_);
  fields.insert(fields.end(), {{layout::kVersionField, KILOMETRIC_VERSION},
                               {layout::kHostField, host_name()},
                               {layout::kIntervalField, interval_},
                               {layout::kToldField, std::to_string(clock_.now())},
                               {layout::kStartedField, std::to_string(clock_.at(started_ms_))},
                               {layout::kPendingField, std::to_string(report.pending)},
                               {layout::kSpoolField, std::to_string(report.spool_bytes)},
                               {layout::kDropsField, std::to_string(report.drops)},
                               {layout::kAppendOnlyField, report.append_only ? "1" : "0"},
                               {layout::kLinesField, report.lines},
                               {layout::kBusiestField, report.busiest}});
  if (report.rejected != rejected_) fields.emplace_back(layout::kRejectedField, rejected_ = report.rejected);
  std::vector<std::string_view> command{"HSET", name};
  for (const auto& [field, value] : fields) command.insert(command.end(), {field, value});
  redis_.command(command, [this](const redisReply* reply) {
    const bool had_all = reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 0;
    if (!had_all) rejected_.clear();
  });
  expire_in_a_week(name);
}

void Registration::expire_in_a_week(std::string_view name) noexcept {
  redis_.command({"EXPIRE", name, std::to_string(layout::kInstanceSeconds)}, [](const redisReply*) {});
}

/// They expire one by one as hashes, but not as members. The hashes of earlier versions do not expire at all.
void Registration::forget_the_gone() noexcept {
  const int64_t week_ago = clock_.now() - static_cast<int64_t>(layout::kInstanceSeconds) * 1000;
  redis_.command(
      {"ZRANGEBYSCORE", layout::kInstances, "-inf", std::to_string(week_ago), "LIMIT", "0", kMostGone},
      [this](const redisReply* reply) {
        if (reply && reply->type == REDIS_REPLY_ARRAY) forget(*reply);
      });
}

/// One that flushes just now registers again with its next flush.
void Registration::forget(const redisReply& gone) noexcept {
  for (size_t i = 0; i < gone.elements; ++i) {
    const std::string_view instance = reply_text(gone.element[i]);
    redis_.command({"UNLINK", layout::instance_name(instance)}, [](const redisReply*) {});
    redis_.command({"ZREM", layout::kInstances, instance}, [](const redisReply*) {});
  }
}

void Registration::end_flush() noexcept {
  status_.last_flush_ms.store(boot_ms(), std::memory_order_relaxed);
  if (const uint64_t began = std::exchange(began_ns_, 0))
    status_.flush_us.store((uv_hrtime() - began) / 1000, std::memory_order_relaxed);
}

}  // namespace kilometric
