#include "ingestd/flusher/registration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "common/clock.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

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
      interval_(fmt::format("{}", static_cast<double>(interval.count()) / 1000)) {}

void Registration::begin_flush() noexcept {
  if (began_ns_ == 0) began_ns_ = uv_hrtime();
  due_ = true;
}

void Registration::tell(uint64_t pending, uint64_t drops, std::function<void()> on_answer) noexcept {
  due_ = false;
  redis_.command({"HSET", layout::instance_name(instance_), "version", KILOMETRIC_VERSION, "host", host_name(),
                  "interval", interval_, layout::kShiftField, shift_, "pending", std::to_string(pending),
                  "drops", std::to_string(drops)},
                 [](const redisReply*) {});
  redis_.command({"ZADD", layout::kInstances, std::to_string(clock_.now()), instance_},
                 [this, on_answer = std::move(on_answer)](const redisReply* reply) {
                   if (reply && reply->type == REDIS_REPLY_INTEGER) end_flush();
                   on_answer();
                 });
}

void Registration::end_flush() noexcept {
  status_.last_flush_ms.store(boot_ms(), std::memory_order_relaxed);
  if (const uint64_t began = std::exchange(began_ns_, 0))
    status_.flush_us.store((uv_hrtime() - began) / 1000, std::memory_order_relaxed);
}

}  // namespace kilometric
