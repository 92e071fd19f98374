#include "ingestd/process/supervisor.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "ingestd/process/channel.h"
#include "ingestd/process/instance.h"
#include "ingestd/process/upgrade.h"
#include "ingestd/system/boot.h"

namespace kilometric {
namespace {

/// Four signs of life missed. A flusher that waits for a slow disk's sync shows none for a while.
constexpr std::chrono::milliseconds kHangs = 4 * kAlivePeriod;
/// A start may take longer: the flusher reads all of its spool first.
constexpr std::chrono::milliseconds kStartHangs{300'000};
constexpr std::chrono::milliseconds kWorkersStopTime{6'000};
constexpr std::chrono::milliseconds kFlusherStopTime{14'000};

std::chrono::milliseconds watch_period() {
  const std::chrono::milliseconds watchdog = watchdog_interval();
  return watchdog.count() > 0 ? std::min(watchdog, kAlivePeriod) : kAlivePeriod;
}

}  // namespace

Supervisor::Supervisor(const CommandLine& command_line)
    : settings_(command_line.settings),
      state_lock_(settings_.state_dir, "lock", "KILOMETRIC_STATE_DIR", false),
      runtime_lock_(settings_.runtime_dir, "runtime.lock", "KILOMETRIC_RUNTIME_DIR", false),
      sockets_(settings_),
      setup_{command_line.environment, sockets_.all()},
      watch_(loop_, [this] { watch(); }),
      deadline_(loop_, [this] { kill_rest(); }) {
  forget_other_boots(settings_.runtime_dir);
  tell_of_upgrade(settings_);
  load_instance(settings_.state_dir);  // a bad one stops the start here, not the flusher again and again
  terminate_ = std::make_unique<Signal>(loop_, SIGTERM, [this] { stop("SIGTERM"); });
  interrupt_ = std::make_unique<Signal>(loop_, SIGINT, [this] { stop("SIGINT"); });
  hangup_ = std::make_unique<Signal>(loop_, SIGHUP, [] { tell_of_hangup(); });
  for (unsigned i = 0; i < settings_.workers; ++i)
    workers_.push_back(
        make_child(fmt::format("worker {}", i), {"--role", "worker", "--worker", std::to_string(i)}));
  flusher_ = make_child("flusher", {"--role", "flusher"});
}

std::unique_ptr<Child> Supervisor::make_child(std::string name, std::vector<std::string> arguments) {
  Child::Events events{[this](Child& child) { on_ready(child); },
                       [](std::string_view text) { notify("STATUS=" + std::string(text)); },
                       [this](Child& child) { on_exit(child); }};
  return std::make_unique<Child>(loop_, setup_, std::move(name), std::move(arguments), std::move(events));
}

void Supervisor::run() {
  log_info("kilometric-ingestd {}, {} workers, Redis {}, state {}, runtime {}", KILOMETRIC_VERSION,
           settings_.workers, settings_.redis_url.display(), settings_.state_dir.string(),
           settings_.runtime_dir.string());
  sockets_.log();
  for (const auto& worker : workers_) worker->start();
  flusher_->start();
  watched_ms_ = awake_ms();
  watch_.start(watch_period(), watch_period());
  loop_.run();
}

bool Supervisor::all_ready() const {
  return flusher_->ready() &&
         std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->ready(); });
}

bool Supervisor::workers_running() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->running(); });
}

void Supervisor::on_ready(Child&) {
  if (announced_ || !all_ready()) return;
  announced_ = true;
  log_info("ready: StatsD on UDP port {}, HTTP on port {} at {}, flushing every {} s", settings_.udp_port,
           settings_.port, fmt::join(settings_.bind, " and "),
           static_cast<double>(settings_.flush_interval.count()) / 1000);
  notify("READY=1");
}

void Supervisor::on_exit(Child& child) {
  if (!stopping_ || workers_running()) return;
  if (&child != flusher_.get()) return stop_flusher();
  if (flusher_->stopping()) loop_.stop();
}

/// Feeds systemd's watchdog, and is one itself for the children.
void Supervisor::watch() {
  notify("WATCHDOG=1");
  // If it was this process that stood still (or all of them did), nobody else is to blame.
  const int64_t since = awake_ms() - std::exchange(watched_ms_, awake_ms());
  const bool stood_still = since > 2 * watch_period().count();
  const auto look_at = [stood_still](Child& child) {
    if (stood_still) child.excuse_silence();
    if (!child.running() || child.silent_for() < (child.ready() ? kHangs : kStartHangs)) return;
    log_error("{} has shown no sign of life for {} s; killing it", child.name(),
              child.silent_for().count() / 1000);
    child.kill();
  };
  for (const auto& worker : workers_) look_at(*worker);
  look_at(*flusher_);
}

void Supervisor::stop(const char* why) {
  if (std::exchange(stopping_, true)) return;
  log_info("{}: stopping, the last counts are flushed", why);
  notify("STOPPING=1");
  deadline_.start(kWorkersStopTime);
  for (const auto& worker : workers_) worker->stop();
  if (!workers_running()) stop_flusher();
}

void Supervisor::stop_flusher() {
  deadline_.start(kFlusherStopTime);
  flusher_->stop();
  if (!flusher_->running()) loop_.stop();
}

/// What did not stop in time. Nothing is lost by it: the next start finishes what they had in hand.
void Supervisor::kill_rest() {
  for (const auto& worker : workers_) worker->kill();
  if (!workers_running()) flusher_->kill();
}

}  // namespace kilometric
