#include "ingestd/tiers/tiers.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kReadPause{1};  ///< see Redis::read_every(): turns come in hundreds
/// So often Redis' clock is looked at, as it may be set, and the indexes, as they may have grown.
constexpr std::chrono::milliseconds kLook{10'000};

}  // namespace

Tiers::Tiers(Loop& loop, const Settings& settings, const RedisClock& clock, FlusherStatus& status,
             std::function<uint64_t()> oldest_ms,
             std::function<void(Kind kind, std::string_view key)> on_left_index,
             std::function<uint64_t(size_t row)> added)
    : clock_(clock),
      status_(status),
      retentions_(settings),
      redis_(
          loop, settings.redis_url, {.writes = true}, [this] { on_up(); }, [](const std::string&) {}),
      rate_limit_(loop, redis_),
      trim_limit_(rate_limit_),
      scan_(
          rate_limit_, [this] { return now(); }, [this](const auto& failure) { on_scanned(failure); }),
      walk_(
          {rate_limit_, status_, retentions_,
           [this, oldest_ms] { return std::min(oldest_ms(), trim_limit_.ms()); }, on_left_index},
          [this] { return now(); }, [this](const IndexWalk::Report& report) { on_walked(report); }),
      new_keys_(
          {rate_limit_, status_, retentions_,
           [this, oldest_ms] { return std::min(oldest_ms(), trim_limit_.ms()); }, std::move(on_left_index)},
          [this] { return now(); }, [this] { pass_soon(); }),
      timer_(loop, [this] { on_timer(); }),
      schedule_(settings.flush_interval),
      added_(std::move(added)) {
  redis_.read_every(kReadPause);
  redis_.start();
}

/// The server that is back may be of another version, and may take what was refused. What is done is done,
/// unless the run is another one: an idle connection may be closed at any time.
void Tiers::on_up() noexcept {
  rate_limit_.set_modern(true);
  if (failed_) schedule_.begin_at_once();
  if (phase_ == Phase::walking) return walk_.resume();
  begin_if_due();
}

void Tiers::on_other_run() noexcept {
  schedule_.begin_at_once();
  begin_if_due();
}

void Tiers::on_new_key(Kind kind, std::string key) noexcept {
  if (redis_.up() && clock_.known())
    new_keys_.add(kind, std::move(key));
  else
    pass_soon();
}

void Tiers::pass_soon() noexcept {
  schedule_.begin_soon(now());
  if (phase_ == Phase::idle) wait();
}

/// A search that goes on marks the store once more at its end; so the mark is taken away after that.
void Tiers::search_again() noexcept {
  search_again_ = true;
  if (phase_ == Phase::idle) forget_search();
}

void Tiers::forget_search() noexcept {
  rate_limit_.command({"DEL", layout::kScanned}, [this](const redisReply* reply) {
    if (failure_unless(REDIS_REPLY_INTEGER, reply)) return;  // the timer tries again
    search_again_ = false;
    schedule_.begin_soon(now());
    if (phase_ == Phase::idle) wait();
  });
}

void Tiers::on_timer() noexcept {
  if (phase_ != Phase::idle || !redis_.up() || !clock_.known()) return;
  if (search_again_) forget_search();
  look_ = true;
  begin_if_due();
}

/// What is on its way may be in an index already, and not be counted as added.
void Tiers::on_drained() noexcept {
  if (phase_ == Phase::idle && redis_.up() && std::exchange(look_, false)) ask_sizes();
}

void Tiers::ask_sizes() noexcept {
  for (size_t row = 0; row < kKinds.size(); ++row)
    rate_limit_.command(
        {"ZCARD", kKinds[row].index}, [this, row, added = added_(row)](const redisReply* reply) {
          if (failure_unless(REDIS_REPLY_INTEGER, reply)) return;
          status_.index_keys[row].store(static_cast<uint64_t>(reply->integer), std::memory_order_relaxed);
          on_size(row, reply->integer - static_cast<int64_t>(added));
        });
}

/// Keys that are new once the walk has begun have their turn in it, or in one more.
void Tiers::on_size(size_t row, int64_t size) noexcept {
  const bool grown = size > std::exchange(sizes_[row], size);
  if (phase_ != Phase::idle) return;
  grown ? pass_soon() : wait();
}

void Tiers::begin_if_due() noexcept {
  if (phase_ != Phase::idle || !redis_.up() || !clock_.known()) return;
  if (!schedule_.is_due(now())) return wait();
  phase_ = Phase::beginning;
  schedule_.begin(now());
  scan_.begin();
}

/// What the index holds already is walked even when the search for more has failed.
void Tiers::on_scanned(const std::optional<Failure>& failure) {
  if (failure && failure->why == Failure::Why::lost) {
    phase_ = Phase::idle;
    return schedule_.begin_at_once();
  }
  begun_badly_ = failure.has_value();
  if (failure && trouble_.is_news(failure->text))
    log_warning("the store could not be searched for streams: {}", failure->text);
  trim_limit_.ask(now(), [this](const auto& refused) { on_limit(refused); });
}

void Tiers::on_limit(const std::optional<Failure>& failure) {
  if (failure && failure->why == Failure::Why::lost) {
    phase_ = Phase::idle;
    return schedule_.begin_at_once();
  }
  begun_badly_ = begun_badly_ || failure.has_value();
  if (failure && trouble_.is_news(failure->text))
    log_warning("nothing is trimmed, as what other hosts may yet look up is not known: {}", failure->text);
  phase_ = Phase::walking;
  ask_sizes();
  walk_.begin(schedule_.all_days());
}

void Tiers::on_walked(const IndexWalk::Report& report) {
  phase_ = Phase::idle;
  status_.tier_passes.fetch_add(1, std::memory_order_relaxed);
  if (report.failures > 0 && trouble_.is_news(report.text))
    log_warning("tiers of {} keys, such as {}, were not filled: {}", report.failures, report.example,
                report.text);
  if (report.failures == 0 && !begun_badly_ && trouble_.is_over()) log_info("all tiers are filled again");
  failed_ = report.again || begun_badly_;
  schedule_.end(now(), failed_);
  wait();
}

/// The timer runs while there is no pass, and the connection is up. Whoever kicks does not put off its look.
void Tiers::wait() noexcept {
  const std::chrono::milliseconds left(schedule_.due_in(now()));
  if (left < kLook || !timer_.active()) timer_.start(std::min(left, kLook));
}

}  // namespace kilometric
