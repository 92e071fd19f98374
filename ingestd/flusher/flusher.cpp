#include "ingestd/flusher/flusher.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <utility>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kStopTime{10'000};
constexpr int64_t kLastSecond = 253'402'300'799;  ///< of the year 9999; a later time is no time

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

/// The value of `name:` in an answer to INFO.
std::string_view info_value(std::string_view info, std::string_view name) {
  const size_t at = info.find(std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  const std::string_view value = info.substr(at + name.size() + 1);
  return value.substr(0, value.find('\r'));
}

}  // namespace

Flusher::Flusher(const Settings& settings)
    : settings_(settings),
      lock_(settings.state_dir, "flusher.lock", "KILOMETRIC_STATE_DIR", true),
      instance_(load_instance(settings.state_dir)),
      file_(FlusherFile::create(settings.runtime_dir)),
      spool_(settings.state_dir, settings.spool_limit),
      harvester_(settings.runtime_dir, spool_, clock_, instance_, boot_),
      redis_(
          loop_, settings.redis_url, {}, [this] { ask_run_and_time(true); },
          [this](const std::string& reason) { on_down(reason); }),
      sender_(loop_, redis_, spool_, clock_, boot_, [this] { on_drained(); }),
      report_(settings.runtime_dir, settings.workers),
      channel_(
          loop_, [this] { stop(); }, [] {}),
      flush_(loop_, [this] { tick(); }),
      deadline_(loop_, [this] { finish(); }) {
  redis_.start();
  tiers_.emplace(loop_, settings_, clock_, spool_, file_.status());
  flush_.start(settings.flush_interval, settings.flush_interval);
  if (spool_.pending() > 0) spdlog::info("{} batches wait in the spool", spool_.pending());
  update_status();
}

void Flusher::tick() noexcept {
  if (flush_began_ns_ == 0) flush_began_ns_ = uv_hrtime();
  harvest();
  report_.log_what_was_bad();
  unregistered_ = true;
  sender_.kick();
  update_status();
}

void Flusher::harvest() noexcept {
  try {
    harvester_.harvest();
    spool_.merge();
    if (!disk_error_.empty()) spdlog::info("the spool can be written again");
    disk_error_.clear();
  } catch (const std::exception& error) {
    // The counts stay in the segments; the next tick tries again.
    file_.status().harvest_failures.fetch_add(1, std::memory_order_relaxed);
    if (disk_error_ != error.what())
      spdlog::error("the spool cannot be written, counts stay in memory: {}", error.what());
    disk_error_ = error.what();
  }
}

/// Asked when Redis is up again and with every flush: a run may end without cutting connections, as
/// when a replica takes over its place and its connections.
void Flusher::ask_run_and_time(bool reconnected) noexcept {
  redis_.command({"INFO"}, [this, reconnected](const redisReply* reply) { on_run(reply, reconnected); });
  redis_.command({"TIME"}, [this](const redisReply* reply) { on_time(reply); });
}

/// Another run, or another server, may lack what the last one acknowledged. Where INFO is forbidden,
/// every new connection may be one to another run.
void Flusher::on_run(const redisReply* info, bool reconnected) noexcept {
  if (!info) return;
  const std::string_view text = reply_text(info);
  const std::string run = fmt::format("{} {}", info_value(text, "run_id"), info_value(text, "master_replid"));
  const bool known = run.size() > 1;
  if (run == run_ && (known || !reconnected)) return spool_.tidy(boot_ms());
  if (!run_.empty()) spdlog::info("Redis is another run; what it acknowledged lately is looked up");
  run_ = run;
  spool_.recheck();
  sender_.restart();
}

void Flusher::on_time(const redisReply* reply) noexcept {
  if (!reply) return;
  int64_t seconds = 0, microseconds = 0;
  const auto read = [](const redisReply* part, int64_t& number) {
    const std::string_view text = reply_text(part);
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
  };
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !read(reply->element[0], seconds) ||
      !read(reply->element[1], microseconds) || seconds < 0 || seconds > kLastSecond)
    return redis_.drop(fmt::format("Redis does not tell its time: {}", reply_text(reply)));
  const bool unknown = !clock_.known();
  const bool first = unknown || file_.status().redis_up.load(std::memory_order_relaxed) == 0;
  clock_.set(seconds * 1000 + microseconds / 1000);
  if (unknown) forget_trimmed();
  if (first) {
    spdlog::info("Redis answers at {}", settings_.redis_url.display());
    down_reason_.clear();
    file_.status().redis_up.store(1, std::memory_order_relaxed);
    say_ready();
  }
  sender_.kick();
  if (tiers_) tiers_->kick();
}

void Flusher::forget_trimmed() noexcept {
  constexpr auto kLeastMs = std::chrono::milliseconds(kLeastRetention).count();
  try {
    spool_.forget_kept_before(static_cast<uint64_t>(std::max<int64_t>(clock_.now() - kLeastMs, 0)));
  } catch (const std::exception& error) {
    spdlog::error("the spool cannot be read: {}", error.what());
  }
}

void Flusher::on_down(const std::string& reason) noexcept {
  // Every further try ends here too; the log speaks when something changes.
  if (std::exchange(down_reason_, reason) != reason)
    spdlog::warn("Redis at {} is away, batches wait in the spool: {}", settings_.redis_url.display(), reason);
  file_.status().redis_up.store(0, std::memory_order_relaxed);
  update_status();
  say_ready();
  if (stopping_) finish();
}

void Flusher::on_drained() noexcept {
  if (stopping_) {
    register_flush();
    return;
  }
  if (unregistered_) register_flush();
}

/// Tells Redis, and so every reader, that this instance has flushed.
void Flusher::register_flush() noexcept {
  unregistered_ = false;
  const std::string id = std::to_string(instance_);
  const std::string name = layout::instance_name(id);
  const std::string now = std::to_string(clock_.now());
  const std::string interval = fmt::format("{}", static_cast<double>(settings_.flush_interval.count()) / 1000);
  const std::string pending = std::to_string(spool_.pending());
  const std::string drops = std::to_string(report_.kernel_drops());
  const std::string host = host_name();
  ask_run_and_time(false);
  redis_.command({"HSET", name, "version", KILOMETRIC_VERSION, "host", host, "interval", interval, "pending",
                  pending, "drops", drops},
                 [](const redisReply*) {});
  redis_.command({"ZADD", layout::kInstances, now, id}, [this](const redisReply* reply) {
    if (reply && reply->type == REDIS_REPLY_INTEGER) {
      file_.status().last_flush_ms.store(boot_ms(), std::memory_order_relaxed);
      if (const uint64_t began = std::exchange(flush_began_ns_, 0))
        file_.status().flush_us.store((uv_hrtime() - began) / 1000, std::memory_order_relaxed);
    }
    update_status();
    if (stopping_) finish();
  });
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
  set(status.files_unreadable, spool_.unreadable());
  set(status.entries_sent, sender_.entries_sent());
  set(status.entries_aside, sender_.entries_aside());
  const std::time_t now = std::time(nullptr);
  char clock[16];
  std::strftime(clock, sizeof clock, "%H:%M:%S", std::localtime(&now));
  channel_.status(fmt::format("Redis {}, {} batches pending, {} entries sent, at {}",
                              redis_.up() ? "up" : "away", spool_.pending(), sender_.entries_sent(), clock));
}

void Flusher::say_ready() noexcept {
  if (!std::exchange(ready_, true)) channel_.ready();
}

void Flusher::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  flush_.stop();
  tiers_.reset();
  harvest();
  update_status();
  if (!redis_.up() && ready_) return finish();  // it is away; before that, it has not been tried yet
  deadline_.start(kStopTime);
  sender_.hurry();
  sender_.kick();
}

void Flusher::finish() noexcept {
  if (spool_.pending() > 0) spdlog::warn("{} batches stay in the spool for the next start", spool_.pending());
  loop_.stop();
}

}  // namespace kilometric
