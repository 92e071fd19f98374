#include "common/redis/guide.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/redis/failure.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{250};
constexpr milliseconds kPauseAfterFailure{1000};
constexpr Redis::Options kOptions{.connect_deadline = milliseconds(1000), .reply_deadline = milliseconds(1000)};

/// What CLUSTER INFO says against the node; empty: nothing.
std::string failure_by_info(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR &&
      reply_text(&reply).find("cluster support disabled") != std::string_view::npos)
    return "it is no node of a cluster";
  if (reply.type == REDIS_REPLY_ERROR) return failure_of("CLUSTER", reply_text(&reply));
  return info_value(reply_text(&reply), "cluster_state") == "ok" ? "" : "the cluster is down, as it sees it";
}

}  // namespace

RedisUrl url_of_node(const RedisUrl& url, const RedisUrl::Host& node) {
  RedisUrl its = url;
  its.nodes.clear();
  its.host = node.name;
  its.port = node.port;
  return its;
}

ClusterGuide::ClusterGuide(Loop& loop, const RedisUrl& url, Events events)
    : loop_(loop),
      url_(url),
      events_(std::move(events)),
      pause_(loop, [this] { ask(); }),
      candidates_(url.nodes) {}

void ClusterGuide::ask() {
  if (left_ > 0) return;
  pause_.stop();
  left_ = candidates_.size();
  at_ = at_ < left_ ? at_ : 0;
  failures_.assign(left_, "");
  redis_ ? send() : ask_next();
}

void ClusterGuide::doubt() {
  epoch_ = 0;
  if (left_ > 0) return;
  redis_.reset();
  at_ = (at_ + 1) % candidates_.size();
}

void ClusterGuide::stop() {
  pause_.stop();
  redis_.reset();
  left_ = 0;
}

void ClusterGuide::ask_next() {
  redis_ = std::make_unique<Redis>(
      loop_, url_of_node(url_, candidates_[at_]), kOptions, [this] { send(); },
      [this](const std::string& reason) { on_down(reason); });
  redis_->start();
}

void ClusterGuide::send() {
  if (left_ == 0) return;  // it has come up again between two questions
  redis_->command({"CLUSTER", "INFO"}, [this](const redisReply* reply) {
    if (reply) on_info(*reply);
  });
  redis_->command({"CLUSTER", "SLOTS"}, [this](const redisReply* reply) {
    if (reply) on_slots(*reply);
  });
}

void ClusterGuide::on_info(const redisReply& reply) {
  asked_failure_ = failure_by_info(reply);
  asked_epoch_ = parse_digits(info_value(reply_text(&reply), "cluster_current_epoch")).value_or(0);
  if (asked_failure_.empty() && asked_epoch_ < epoch_) asked_failure_ = "what it says is outdated";
}

void ClusterGuide::on_slots(const redisReply& reply) {
  if (!asked_failure_.empty()) return pass_over(std::exchange(asked_failure_, ""));
  SlotAnswer answer = parse_slots(reply, candidates_[at_].name);
  if (!answer.failure.empty()) return pass_over(answer.failure);
  epoch_ = asked_epoch_;
  left_ = 0;
  const RedisUrl::Host asked = candidates_[at_];
  candidates_ = url_.nodes;
  for (const auto* hosts : {&answer.map.primaries, &answer.map.replicas})
    for (const RedisUrl::Host& host : *hosts)
      if (std::ranges::find(candidates_, host) == candidates_.end()) candidates_.push_back(host);
  const auto found = std::ranges::find(candidates_, asked);
  at_ = found == candidates_.end() ? 0 : static_cast<size_t>(found - candidates_.begin());
  pause_.start(kPause);
  events_.on_told(std::move(answer.map));
}

/// Between two questions it is no matter yet.
void ClusterGuide::on_down(const std::string& reason) {
  if (left_ == 0) return redis_.reset();
  pass_over(reason);
}

void ClusterGuide::pass_over(std::string reason) {
  redis_.reset();
  failures_[at_] = std::move(reason);
  at_ = (at_ + 1) % candidates_.size();
  if (--left_ > 0) return ask_next();
  fail();
}

/// In the order of the URL, so that the words stay the same while the trouble does.
void ClusterGuide::fail() {
  constexpr size_t kMostTold = RedisUrl::kMostNodes;
  std::string reason = "no node knows the cluster: ";
  for (size_t i = 0; i < std::min(failures_.size(), kMostTold); ++i)
    reason += fmt::format("{}{}: {}", i > 0 ? "; " : "", candidates_[i].text(), failures_[i]);
  epoch_ = 0;  // it may be another cluster now
  pause_.start(kPauseAfterFailure);
  events_.on_failed(reason);
}

}  // namespace kilometric
