#include "ingestd/tiers/tiers.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kReadPause{1};  ///< see Redis::read_every(): turns come in hundreds
constexpr std::chrono::milliseconds kLook{60'000};  ///< Redis' clock may be set; it is looked at so often

}  // namespace

Tiers::Tiers(Loop& loop, const Settings& settings, const RedisClock& clock, FlusherStatus& status,
             std::function<uint64_t()> oldest_ms,
             std::function<void(Kind kind, std::string_view key)> on_left_index)
    : clock_(clock),
      status_(status),
      retention_(settings),
      redis_(
          loop, settings.redis_url, {.writes = true}, [this] { on_up(); }, [](const std::string&) {}),
      rate_limit_(loop, redis_),
      scan_(
          rate_limit_, [this] { return now(); }, [this](const auto& failure) { on_scanned(failure); }),
      walk_(
          {rate_limit_, status_, retention_, std::move(oldest_ms), std::move(on_left_index)},
          [this] { return now(); }, [this](const IndexWalk::Report& report) { on_walked(report); }),
      timer_(loop, [this] { begin_if_due(); }),
      schedule_(settings.flush_interval) {
  redis_.read_every(kReadPause);
  redis_.start();
}

/// The server that is back may be another one, of another version, with another store.
void Tiers::on_up() noexcept {
  rate_limit_.set_modern(true);
  schedule_.begin_at_once();
  if (phase_ == Phase::walking) return walk_.resume();
  begin_if_due();
}

void Tiers::begin_if_due() noexcept {
  if (phase_ != Phase::idle || !redis_.up() || !clock_.known()) return;
  if (!schedule_.is_due(now())) return wait();
  phase_ = Phase::scanning;
  schedule_.begin(now());
  scan_.begin();
}

/// What the index holds already is walked even when the search for more has failed.
void Tiers::on_scanned(const std::optional<Failure>& failure) {
  if (failure && failure->why == Failure::Why::lost) {
    phase_ = Phase::idle;
    return;
  }
  scan_failed_ = failure.has_value();
  if (failure && trouble_.is_news(failure->text))
    spdlog::warn("the store could not be searched for streams: {}", failure->text);
  phase_ = Phase::walking;
  walk_.begin(schedule_.all_days());
}

void Tiers::on_walked(const IndexWalk::Report& report) {
  phase_ = Phase::idle;
  status_.tier_passes.fetch_add(1, std::memory_order_relaxed);
  if (report.failures > 0 && trouble_.is_news(report.text))
    spdlog::warn("tiers of {} keys, such as {}, were not filled: {}", report.failures, report.example,
                 report.text);
  if (report.failures == 0 && !scan_failed_ && trouble_.is_over()) spdlog::info("all tiers are filled again");
  schedule_.end(now(), report.again || scan_failed_);
  wait();
}

void Tiers::wait() noexcept {
  const std::chrono::milliseconds left(schedule_.due_in(now()));
  timer_.start(std::min(left, kLook));
}

}  // namespace kilometric
