#include "ingestd/flusher/redis_run.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "common/log.h"
#include "common/redis/failure.h"
#include "common/redis/reply.h"

namespace kilometric {
RedisRun::RedisRun(Loop& loop, const RedisUrl& url, Events events)
    : events_(std::move(events)),
      redis_(
          loop, url, {.writes = true}, [this] { ask(true); },
          [this](const std::string& reason) { on_down(reason); }) {}

void RedisRun::ask(bool reconnected) noexcept {
  redis_.command({"INFO"}, [this, reconnected](const redisReply* reply) { on_info(reply, reconnected); });
  redis_.command({"TIME"}, [this, asked_ms = boot_ms()](const redisReply* reply) { on_time(reply, asked_ms); });
}

void RedisRun::on_info(const redisReply* info, bool reconnected) noexcept {
  if (!info) return;
  const std::string_view text = reply_text(info);
  if (is_read_only_replica(text)) return redis_.drop(kReadOnly);
  const std::string run = fmt::format("{} {}", info_value(text, "run_id"), info_value(text, "master_replid"));
  const bool known = run.size() > 1;
  const bool weak = persistence_ && !persistence_->append_only;
  persistence_ = Persistence::parse(text);
  if (persistence_ && !persistence_->append_only && !weak)
    log_warning(
        "Redis keeps no append-only file (appendonly no): batches are kept here until a snapshot has them");
  if (run == run_ && (known || !reconnected)) return events_.on_same_run();
  if (!run_.empty()) log_info("Redis is another run; what it acknowledged lately is looked up");
  run_ = run;
  events_.on_other_run();
}

void RedisRun::on_time(const redisReply* reply, int64_t asked_ms) noexcept {
  if (!reply) return;
  const std::optional<int64_t> time = parse_time(reply);
  if (!time) return redis_.drop(fmt::format("Redis does not tell its time: {}", reply_text(reply)));
  const bool first = !clock_.known();
  clock_.set(*time, asked_ms);
  if (!std::exchange(answers_, true)) {
    log_info("Redis answers at {}", redis_.place());
    absence_.is_over();
  }
  events_.on_time(first);
}

/// Every further try to connect ends here too. An idle connection that was closed is opened again at once;
/// Redis is away when that fails.
void RedisRun::on_down(const std::string& reason) noexcept {
  if (answers_ && redis_.lost_idle()) return;
  if (absence_.is_news(reason))
    log_warning("Redis at {} is away, batches wait in the spool: {}", redis_.place(), reason);
  answers_ = false;
  events_.on_down();
}

}  // namespace kilometric
