#include "common/redis/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/redis/command.h"
#include "common/redis/connector.h"
#include "common/redis/failure.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

using std::chrono::milliseconds;

constexpr int kMostRedirects = 16;
constexpr milliseconds kMostRetryGap{1000};  ///< a failover takes some seconds, and is to be noticed soon
constexpr milliseconds kLeaveTime{500};

}  // namespace

RedisCluster::RedisCluster(Loop& loop, RedisUrl url, Redis::Options options, std::function<void()> on_up,
                           std::function<void(const std::string&)> on_down)
    : loop_(loop),
      url_(std::move(url)),
      options_(options),
      on_up_(std::move(on_up)),
      on_down_(std::move(on_down)),
      guide_(loop, url_,
             {[this](SlotMap map) { on_told(std::move(map)); },
              [this](const std::string& reason) { on_failed(reason); }}),
      retry_(loop, [this] { begin(); }),
      backoff_(options.retry_least, std::min(options.retry_most, kMostRetryGap)) {}

void RedisCluster::start() {
  if (!up_ && !trying_) retry_.start(milliseconds(0));
}

void RedisCluster::close() {
  closed_ = true;
  retry_.stop();
  guide_.stop();
  const auto dropped = std::exchange(waiting_, {});
  nodes_.clear();
}

/// With slots that are told from now on: what is known may have led here.
void RedisCluster::begin() {
  const auto self = shared_from_this();
  trying_ = true;
  map_ = {};
  guide_.ask();
}

/// While a try waits for its time, that the slots have moved makes it begin at once.
void RedisCluster::on_told(SlotMap map) {
  const auto self = shared_from_this();
  if (closed_) return;
  const bool moved = map != map_;
  map_ = std::move(map);
  if (!up_ && !trying_) {
    if (!moved) return;
    retry_.stop();
    trying_ = true;
  }
  follow();
}

void RedisCluster::on_failed(const std::string& reason) {
  if (!closed_ && trying_ && nodes_.empty()) lose(reason);
}

/// Connects who has slots, and leaves who has none any more.
void RedisCluster::follow() {
  for (auto& [name, node] : nodes_) {
    const bool leaves = std::ranges::find(map_.primaries, node.host) == map_.primaries.end();
    if (!leaves)
      node.left_at.reset();
    else if (!node.left_at)
      node.left_at = CoarseClock::now();
  }
  for (const RedisUrl::Host& primary : map_.primaries) node_of(primary);
  drop_leavers();
  if (!closed_ && !up_ && trying_) look_whether_up();
}

void RedisCluster::drop_leavers() {
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    const Node& node = it->second;
    const bool idle = node.redis->pending() == 0 && node.held.empty();
    if (node.left_at && !idle && CoarseClock::now() - *node.left_at > kLeaveTime)
      return lose(node.host.text() + " does not answer, and others have its slots now");
    it = node.left_at && idle ? nodes_.erase(it) : std::next(it);
  }
}

/// It is connected to when it is new.
RedisCluster::Node& RedisCluster::node_of(const RedisUrl::Host& host) {
  Node& node = nodes_[host.text()];
  if (node.redis) return node;
  node.host = host;
  node.redis = std::make_unique<Redis>(
      loop_, url_of_node(url_, host), options_, [this, host] { on_node_up(host); },
      [this, host](const std::string& reason) { on_node_down(host, reason); });
  node.redis->read_every(read_pause_);
  node.redis->start();
  return node;
}

void RedisCluster::on_node_up(const RedisUrl::Host& host) {
  const auto self = shared_from_this();
  for (const uint64_t number : std::exchange(node_of(host).held, {})) send(number, host);
  look_whether_up();
}

void RedisCluster::on_node_down(const RedisUrl::Host& host, const std::string& reason) {
  const bool plain = reason.ends_with(kDoubtsTls);
  const char* const why = plain ? " (nodes name their ports for TLS where they have tls-cluster yes)" : "";
  lose(fmt::format("{}: {}{}", host.text(), reason, why),
       up_ && waiting_.empty() && node_of(host).redis->lost_idle());
}

void RedisCluster::look_whether_up() {
  const auto ready = [this](const RedisUrl::Host& primary) { return node_of(primary).redis->up(); };
  if (up_ || map_.primaries.empty() || !std::ranges::all_of(map_.primaries, ready)) return;
  up_ = true;
  trying_ = false;
  up_at_ = CoarseClock::now();
  on_up_();
}

void RedisCluster::command(std::span<const std::string_view> arguments, OnReply on_reply) {
  if (!up_) return on_reply(nullptr);
  text_.clear();
  append_command(text_, arguments);
  command_text(text_, std::move(on_reply));
}

void RedisCluster::command_text(std::string_view text, OnReply on_reply) {
  if (!up_) return on_reply(nullptr);
  const auto key = key_of_command(text);
  take(text, map_.primaries[key ? map_.owners[slot_of(*key)] : 0], std::move(on_reply));
}

void RedisCluster::command_to(size_t node, std::string_view text, OnReply on_reply) {
  if (!up_ || node >= map_.primaries.size()) return on_reply(nullptr);
  take(text, map_.primaries[node], std::move(on_reply));
}

std::vector<Redis::Node> RedisCluster::nodes() const {
  const std::vector<SlotSet> slots = map_.slots();
  std::vector<Redis::Node> nodes;
  for (size_t i = 0; i < slots.size(); ++i) nodes.push_back({map_.primaries[i].text(), slots[i]});
  return nodes;
}

void RedisCluster::read_every(milliseconds pause) {
  read_pause_ = pause;
  for (const auto& [name, node] : nodes_) node.redis->read_every(pause);
}

void RedisCluster::drop(const std::string& reason) {
  if (up_ || trying_) lose(reason);
}

void RedisCluster::take(std::string_view text, const RedisUrl::Host& host, OnReply on_reply) {
  const uint64_t number = ++last_number_;
  waiting_[number] = {std::string(text), std::move(on_reply)};
  send(number, host);
}

/// Before it is up a node is given nothing: it would answer that it is lost.
void RedisCluster::send(uint64_t number, const RedisUrl::Host& host) {
  Node& node = node_of(host);
  if (!node.redis->up()) return node.held.push_back(number);
  Waiting& waiting = waiting_.at(number);
  if (std::exchange(waiting.asking, false)) node.redis->command({"ASKING"}, [](const redisReply*) {});
  node.redis->command_text(waiting.text,
                           [this, number, host](const redisReply* reply) { on_reply(number, host, reply); });
}

void RedisCluster::on_reply(uint64_t number, const RedisUrl::Host& host, const redisReply* reply) {
  const auto self = shared_from_this();
  const auto found = waiting_.find(number);
  if (closed_ || reply == nullptr || found == waiting_.end()) return;  // the loss hands out all of them
  if (is_error(reply, "CLUSTERDOWN"))
    return lose(fmt::format("{}: {}", host.text(), failure_of("", reply_text(reply))));
  if (const auto where = parse_redirect(*reply, host.name)) return redirect(number, *where);
  const OnReply on_answer = std::move(found->second.on_reply);
  waiting_.erase(found);
  on_answer(reply);
}

void RedisCluster::redirect(uint64_t number, const Redirect& redirect) {
  Waiting& waiting = waiting_.at(number);
  if (++waiting.redirects > kMostRedirects)
    return lose(fmt::format("the nodes send a command for slot {} on and on, at last to {}", redirect.slot,
                            redirect.host.text()));
  if (map_.primaries.size() + nodes_.size() > 2 * SlotMap::kMostPrimaries)
    return lose("the nodes name more nodes than a cluster has");
  waiting.asking = redirect.ask;
  send(number, redirect.host);
  node_of(redirect.host).left_at.reset();  // who is given its first slot is no leaver
  if (redirect.ask) return;
  const auto known = std::ranges::find(map_.primaries, redirect.host);
  const auto owner = static_cast<uint16_t>(known - map_.primaries.begin());
  if (known == map_.primaries.end()) map_.primaries.push_back(redirect.host);
  map_.owners[redirect.slot] = owner;
  guide_.ask();
}

/// `idle`: see Redis::lost_idle(). Where each connection is lost soon the waits between them grow.
void RedisCluster::lose(const std::string& reason, bool idle) {
  const auto self = shared_from_this();
  if (closed_ || (!up_ && !trying_)) return;
  lost_idle_ = idle;
  if (up_ && CoarseClock::now() - up_at_ > kMostRetryGap) backoff_.reset();
  up_ = trying_ = false;
  const auto nodes = std::exchange(nodes_, {});
  const auto lost = std::exchange(waiting_, {});
  if (!idle) guide_.doubt();
  retry_.start(idle ? milliseconds(0) : backoff_.next_with_jitter());
  on_down_(reason);
  for (const auto& [number, waiting] : lost) {
    if (closed_) return;
    waiting.on_reply(nullptr);
  }
}

}  // namespace kilometric
