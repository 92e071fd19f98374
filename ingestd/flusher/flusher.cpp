#include "ingestd/flusher/flusher.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/redis/layout.h"
#include "ingestd/count/succession.h"
#include "ingestd/process/instance.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kStopTime{10'000};

/// A worker seals on a timer of its own, and may be busy at that moment. What it seals later than this goes
/// into the next batch.
constexpr int64_t kLeastWaitMs = 100;  ///< being late does not depend on the interval
constexpr int64_t kMostWaitMs = 250;
constexpr std::chrono::milliseconds kWaitStep{5};

/// Another instance may register the same shift only after this one has looked; so it looks again and again,
/// with gaps twice as long each time, up to this one.
constexpr int64_t kMostReviewGapMs = 3'600'000;

static_assert(std::chrono::milliseconds(kLeastRetention).count() >= 2 * int64_t{layout::kNeverTrimmedMs});

/// Nobody holds back for longer than a week for a host that is away.
int64_t least_retention_ms(const Settings& settings) {
  std::chrono::milliseconds least = std::chrono::seconds(layout::kInstanceSeconds);
  for (const auto& age : {settings.retention_raw, settings.retention_raw_timers, settings.retention_raw_sets})
    if (age) least = std::min(least, std::chrono::milliseconds(*age));
  return least.count();
}

}  // namespace

Flusher::Flusher(const Settings& settings)
    : settings_(settings),
      lock_(settings.state_dir, "flusher.lock", "KILOMETRIC_STATE_DIR", true),
      instance_(load_instance(settings.state_dir)),
      file_(FlusherFile::create(settings.runtime_dir)),
      spool_(settings.state_dir, settings.spool_limit, settings.events_max),
      run_(loop_, settings.redis_url,
           {[this] { tidy(); }, [this](const SlotSet& slots) { on_other_run(slots); },
            [this](bool first) { on_time(first); }, [this] { on_down(); }}),
      metronome_(file_.status(), settings.flush_interval.count()),
      shift_choice_(run_.redis(), run_.clock(), instance_, settings.flush_interval),
      harvester_(settings.runtime_dir, spool_, run_.clock(), instance_, boot_),
      sender_(loop_, run_.redis(), spool_, run_.clock(), boot_, told_keys_, [this] { on_drained(); }),
      registration_(run_.redis(), run_.clock(), file_.status(), instance_, settings.flush_interval),
      report_(settings_),
      channel_(
          loop_, [this] { stop(); }, [] {}),
      end_(loop_, [this] { on_end(); }),
      deadline_(loop_, [this] { finish(); }) {
  seal_what_the_dead_left(settings.runtime_dir);
  run_.start();
  tiers_.emplace(
      loop_, settings_, run_.clock(), file_.status(), [this] { return spool_.oldest_ms(); },
      [this](Kind kind, std::string_view key) { told_keys_.erase(kind, key); },
      [this](size_t row) { return told_keys_.added(row); });
  await_end();
  if (spool_.pending() > 0) log_info("{} batches wait in the spool", spool_.pending());
  update_status();
}

void Flusher::await_end() noexcept {
  const int64_t now = boot_ms();
  end_ms_ = metronome_.grid().next_end(now, harvested_ms_);
  end_.start(std::chrono::milliseconds(end_ms_ - now));
}

void Flusher::on_end() noexcept {
  if (must_wait()) return end_.start(kWaitStep);
  harvested_ms_ = end_ms_;
  flush();
  await_end();
}

/// The timer may be early by a millisecond, too.
bool Flusher::must_wait() noexcept {
  const int64_t late = boot_ms() - end_ms_;
  try {
    return late < 0 || (late < std::clamp(metronome_.grid().interval_ms / 4, kLeastWaitMs, kMostWaitMs) &&
                        harvester_.must_wait(end_ms_));
  } catch (const std::exception&) {
    return false;  // the harvest meets the same error, and says so
  }
}

void Flusher::flush() noexcept {
  mind_index();
  const bool waits = registration_.due();
  if (waits) run_.ask();  // the time, and which run answers, are asked all the same
  registration_.begin_flush();
  harvest();
  report_.log_what_was_bad();
  if (waits && run_.clock().known()) registration_.tell_of_waiting(report());
  sender_.kick();
  update_status();
}

/// Keys that are told again are those that are counted; idle ones are found by their streams.
void Flusher::mind_index() noexcept {
  const bool lost = std::exchange(losses_, told_keys_.losses()) < told_keys_.losses();
  if (lost && tiers_) tiers_->search_again();
  for (ToldKeys::Key& key : told_keys_.take_new())
    if (tiers_) tiers_->on_new_key(key.kind, std::move(key.name));
}

void Flusher::harvest() noexcept {
  try {
    if (stopping_)
      harvester_.harvest_all(metronome_.grid(), boot_ms());
    else
      harvester_.harvest(metronome_.grid(), boot_ms());
    spool_.merge();
    if (disk_trouble_.is_over()) log_info("the spool can be written again");
  } catch (const std::exception& error) {
    // The counts stay in the segments; the next tick tries again.
    file_.status().harvest_failures.fetch_add(1, std::memory_order_relaxed);
    if (disk_trouble_.is_news(error.what()))
      log_error("the spool cannot be written, counts stay in memory: {}", error.what());
  }
}

void Flusher::tidy() noexcept {
  try {
    spool_.tidy(run_.name(), boot_ms(), on_disk_ms());
  } catch (const std::exception& error) {
    log_error("the spool cannot be read: {}", error.what());
  }
}

/// What Redis acknowledged until then, by boot_ms(), is on its disk once the spool's own time has passed. A
/// Redis that refuses writes may be a primary which nobody follows any more, so that another one lacks what it
/// took before.
int64_t Flusher::on_disk_ms() const noexcept {
  const int64_t followed_ms = std::max(registration_.told_ms(), sender_.wrote_ms()) - Spool::kKeepMs;
  const std::optional<Persistence>& persistence = run_.persistence();
  if (!persistence || persistence->append_only) return followed_ms;
  return run_.clock().known() ? std::min(followed_ms, run_.clock().boot_ms_at(persistence->snapshot_ms)) : 0;
}

void Flusher::on_other_run(const SlotSet& slots) noexcept {
  const auto has_index = [&](const KindText& kind) { return slots.test(slot_of(kind.index)); };
  if (std::ranges::any_of(kKinds, has_index)) told_keys_.clear();
  try {
    spool_.meet_run(run_.name(), boot_ms());
  } catch (const std::exception& error) {
    log_error("the spool cannot be written: {}", error.what());
  }
  sender_.doubt(slots);
  if (tiers_) tiers_->on_other_run();
}

void Flusher::on_time(bool first) noexcept {
  if (first) forget_trimmed();
  follow_clock();
  const bool append_only = !run_.persistence() || run_.persistence()->append_only;
  file_.status().redis_append_only.store(append_only, std::memory_order_relaxed);
  file_.status().redis_up.store(1, std::memory_order_relaxed);
  sender_.kick();
  if (tiers_) tiers_->kick();
}

void Flusher::follow_clock() noexcept {
  if (!metronome_.shift()) return choose_shift();
  const int64_t before = metronome_.grid().anchor_ms;
  metronome_.follow(run_.clock());
  say_ready();  // from here on all know where intervals end
  if (metronome_.grid().anchor_ms != before && !stopping_) await_end();
}

void Flusher::choose_shift() noexcept {
  shift_choice_.ask(metronome_.shift(), [this](uint64_t shift) {
    const bool same = metronome_.shift() == shift;
    review_gap_ms_ = same ? std::min(2 * review_gap_ms_, kMostReviewGapMs) : settings_.flush_interval.count();
    review_ms_ = same ? boot_ms() + review_gap_ms_ : 0;
    metronome_.set_shift(shift);
    registration_.set_shift(shift);
    follow_clock();
  });
}

void Flusher::forget_trimmed() noexcept {
  try {
    spool_.forget_kept_before(
        static_cast<uint64_t>(std::max<int64_t>(run_.clock().now() - least_retention_ms(settings_), 0)));
  } catch (const std::exception& error) {
    log_error("the spool cannot be read: {}", error.what());
  }
}

void Flusher::on_down() noexcept {
  file_.status().redis_up.store(0, std::memory_order_relaxed);
  update_status();
  say_ready();
  if (stopping_) finish();
}

void Flusher::on_drained() noexcept {
  if (sender_.met_twin() && !stopping_ && leave_number()) return;
  if (tiers_) tiers_->on_drained();
  if (stopping_ || registration_.due()) register_flush();
}

/// Nothing waits to be sent under this number, and the supervisor starts another flusher, which takes the new
/// one.
bool Flusher::leave_number() noexcept {
  try {
    const uint64_t other = renew_instance(settings_.state_dir);
    log_warning(
        "another installation writes as instance {} too, as a copied state folder does: this one is {} now",
        instance_, other);
    end_.stop();
    loop_.stop();
    return true;
  } catch (const std::exception& error) {
    log_error("another installation writes as instance {} too, and no other number can be kept: {}", instance_,
              error.what());
    return false;
  }
}

void Flusher::register_flush() noexcept {
  run_.ask();
  registration_.tell(report(), [this] {
    update_status();
    if (stopping_) return finish();
    if (metronome_.shift() && boot_ms() >= review_ms_) choose_shift();
  });
}

Registration::Report Flusher::report() const {
  return {.pending = spool_.pending(),
          .drops = report_.drops(),
          .oldest_ms = spool_.oldest_ms(),
          .spool_bytes = spool_.bytes(),
          .append_only = !run_.persistence() || run_.persistence()->append_only,
          .lines = report_.lines(),
          .busiest = harvester_.busiest(),
          .rejected = report_.rejected()};
}

void Flusher::update_status() noexcept {
  FlusherStatus& status = file_.status();
  const auto set = [](std::atomic<uint64_t>& gauge, uint64_t value) {
    gauge.store(value, std::memory_order_relaxed);
  };
  set(status.batches_pending, spool_.pending());
  set(status.batches_aside, spool_.set_aside());
  set(status.spool_bytes, spool_.bytes());
  set(status.batches_merged, spool_.merges());
  set(status.batches_kept, spool_.kept());
  set(status.batches_given_up, spool_.given_up());
  set(status.files_unreadable, spool_.unreadable());
  set(status.events_sent, sender_.events_sent());
  uint64_t entries_sent = sender_.events_sent();
  for (size_t row = 0; row < kKinds.size(); ++row) {
    set(status.entries_sent[row], sender_.entries_sent()[row]);
    entries_sent += sender_.entries_sent()[row];
  }
  set(status.entries_aside, sender_.entries_aside());
  set(status.entries_doubtful, sender_.entries_doubtful());
  set(status.batches_doubtful, spool_.doubtful());
  const std::time_t now = std::time(nullptr);
  char clock[16];
  std::strftime(clock, sizeof clock, "%H:%M:%S", std::localtime(&now));
  channel_.status(fmt::format("Redis {}, {} batches pending, {} entries sent, at {}",
                              run_.redis().up() ? "up" : "away", spool_.pending(), entries_sent, clock));
}

void Flusher::say_ready() noexcept {
  if (!std::exchange(ready_, true)) channel_.ready();
}

void Flusher::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  end_.stop();
  tiers_.reset();
  try {
    seal_what_the_dead_left(settings_.runtime_dir);
  } catch (const std::exception& error) {
    log_error("what killed workers have left waits for the next start: {}", error.what());
  }
  harvest();
  update_status();
  if (!run_.answers() && ready_) return finish();  // it is away; before that, it has not been tried yet
  deadline_.start(kStopTime);
  sender_.hurry();
  sender_.kick();
}

void Flusher::finish() noexcept {
  if (spool_.pending() > 0) log_warning("{} batches stay in the spool for the next start", spool_.pending());
  loop_.stop();
}

}  // namespace kilometric
