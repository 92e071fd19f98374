#include "ingestd/tiers/tiers.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/redis/layout.h"
#include "ingestd/tiers/rollup.h"

namespace kilometric {
namespace {

constexpr std::chrono::minutes kLeastAgain{1}, kMostAgain{60};
constexpr std::chrono::milliseconds kReadPause{1};  ///< see Redis::read_every(): turns come in hundreds
constexpr uint64_t kLookMs = 60'000;  ///< Redis' clock may be set; so often it is looked at, at least

}  // namespace

Tiers::Tiers(Loop& loop, const Settings& settings, const RedisClock& clock, const Spool& spool,
             FlusherStatus& status)
    : clock_(clock),
      status_(status),
      interval_ms_(static_cast<uint64_t>(settings.flush_interval.count())),
      retention_(settings),
      redis_(
          loop, settings.redis_url, {}, [this] { on_up(); }, [](const std::string&) {}),
      rate_limit_(loop, redis_),
      scan_(
          rate_limit_, [this] { return now(); }, [this](const auto& failure) { on_scanned(failure); }),
      walk_(
          {rate_limit_, status_, retention_, spool}, [this] { return now(); },
          [this](const IndexWalk::Report& report) { on_walked(report); }),
      timer_(loop, [this] { begin_if_due(); }),
      again_(kLeastAgain, kMostAgain) {
  redis_.read_every(kReadPause);
  redis_.start();
}

/// It may be another server, and another version, with another store.
void Tiers::on_up() noexcept {
  rate_limit_.set_modern(true);
  if (phase_ == Phase::walking) return walk_.resume();
  due_ = 0;
  begin_if_due();
}

void Tiers::begin_if_due() noexcept {
  if (phase_ != Phase::idle || !redis_.up() || !clock_.known()) return;
  const bool set_back = now() + layout::kHourMs < began_;  // else `due_` might be far away
  if (now() < due_ && !set_back) return wait();
  phase_ = Phase::scanning;
  began_ = now();
  scan_.begin();
}

/// Whatever the index holds already is walked, also when more cannot be found.
void Tiers::on_scanned(const std::optional<Failure>& failure) {
  if (failure && failure->kind == Failure::Kind::lost) {
    phase_ = Phase::idle;
    return;
  }
  scan_failed_ = failure.has_value();
  if (failure && trouble_.is_news(failure->text))
    spdlog::warn("the store could not be searched for streams: {}", failure->text);
  phase_ = Phase::walking;
  walk_.begin();
}

void Tiers::on_walked(const IndexWalk::Report& report) {
  phase_ = Phase::idle;
  status_.tier_passes.fetch_add(1, std::memory_order_relaxed);
  if (report.failures > 0 && trouble_.is_news(report.text))
    spdlog::warn("tiers of {} keys, such as {}, were not filled: {}", report.failures, report.example,
                 report.text);
  if (report.failures == 0 && !scan_failed_ && trouble_.is_over()) spdlog::info("all tiers are filled again");
  plan_next(report.again || scan_failed_);
}

/// After the hour has begun most keys need a flush or two until they have an entry in it, which closes the
/// hour before; and not all hosts should walk at once.
void Tiers::plan_next(bool again) {
  const uint64_t spread = random_() % (2 * interval_ms_ + 1);
  due_ = floor_to(Step{layout::kHourMs}, began_) + layout::kHourMs + 2 * interval_ms_ + spread;
  if (again)
    due_ = std::min(due_, now() + static_cast<uint64_t>(again_.next().count()));
  else
    again_.reset();
  wait();
}

void Tiers::wait() noexcept {
  const uint64_t left = std::min(due_ - std::min(now(), due_), kLookMs);
  timer_.start(std::chrono::milliseconds(left));
}

}  // namespace kilometric
