#include "ingestd/flusher/redis_run.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/log.h"
#include "common/redis/failure.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

const std::string kUnknown = " ";

}  // namespace

RedisRun::RedisRun(Loop& loop, const RedisUrl& url, Events events)
    : events_(std::move(events)),
      redis_(
          loop, url, {.writes = true}, [this] { ask(true); },
          [this](const std::string& reason) { on_down(reason); }) {}

/// The answers to INFO, of one Redis or of all of a cluster's primaries.
struct RedisRun::Asked {
  const std::vector<Redis::Node> nodes;
  const bool reconnected;
  size_t left = nodes.size();
  bool lost = false;
  Runs runs = {};
  std::set<std::string> names = {};  ///< each with its node, whatever came first
  std::optional<Persistence> persistence = {};
};

void RedisRun::ask(bool reconnected) noexcept {
  const auto asked = std::make_shared<Asked>(Asked{redis_.nodes(), reconnected});
  for (size_t node = 0; node < asked->nodes.size(); ++node)
    redis_.command_to(node, {"INFO"}, [this, asked, node](const redisReply* info) {
      on_node(*asked, asked->nodes[node], info);
    });
}

void RedisRun::on_node(Asked& asked, const Redis::Node& node, const redisReply* info) noexcept {
  const std::string_view text = reply_text(info);
  asked.lost = asked.lost || info == nullptr;
  if (!asked.lost && is_read_only_replica(text)) {
    asked.lost = true;
    return redis_.drop(kReadOnly);
  }
  const std::string run = fmt::format("{} {}", info_value(text, "run_id"), info_value(text, "master_replid"));
  asked.runs[run] |= node.slots;
  asked.names.insert(node.address.empty() ? run
                                          : fmt::format("{} {} {}", node.address, slots_text(node.slots), run));
  asked.persistence = Persistence::both(asked.persistence, Persistence::parse(text));
  if (--asked.left == 0 && !asked.lost) on_infos(asked);
}

void RedisRun::on_infos(const Asked& asked) noexcept {
  const bool weak = persistence_ && !persistence_->append_only;
  persistence_ = asked.persistence;
  if (persistence_ && !persistence_->append_only && !weak)
    log_warning(
        "Redis keeps no append-only file (appendonly no): batches are kept here until a snapshot has them");
  if (asked.nodes != redis_.nodes()) return ask(asked.reconnected);  // slots have moved meanwhile
  const SlotSet others = ~slots_of_same_run(asked);
  if (others.all() && !runs_.empty())
    log_info("Redis is another run; what it acknowledged lately is looked up");
  else if (others.any() && !runs_.empty())
    log_info("Redis is another run in {} of {} slots; what it acknowledged there lately is looked up",
             others.count(), kSlots);
  runs_ = asked.runs;
  name_ = runs_.contains(kUnknown) ? "" : fmt::format("{}", fmt::join(asked.names, ", "));
  others.any() ? events_.on_other_run(others) : events_.on_same_run();
  redis_.command({"TIME"}, [this, asked_ms = boot_ms()](const redisReply* reply) { on_time(reply, asked_ms); });
}

/// Where INFO is forbidden a new connection may be one to another run.
SlotSet RedisRun::slots_of_same_run(const Asked& asked) const {
  SlotSet same;
  for (const auto& [run, slots] : asked.runs)
    if (const auto before = runs_.find(run); before != runs_.end() && !(run == kUnknown && asked.reconnected))
      same |= slots & before->second;
  return same;
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
