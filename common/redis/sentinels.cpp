#include "common/redis/sentinels.h"

#include <fmt/format.h>

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

constexpr size_t kMostHostBytes = 255;

RedisUrl url_of_sentinel(const RedisUrl& url, const RedisUrl::Host& sentinel) {
  RedisUrl its;
  its.host = sentinel.name;
  its.port = sentinel.port;
  its.user = url.sentinel_user;
  its.password = url.sentinel_password;
  its.tls = url.tls;
  its.tls_files = url.tls_files;
  return its;
}

/// The address in an answer; a port of 0 when there is none.
RedisUrl::Host parse_address(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 2) return {};
  const std::string_view host = reply_text(reply.element[0]);
  const uint64_t port = parse_digits(reply_text(reply.element[1])).value_or(0);
  if (host.empty() || host.size() > kMostHostBytes || host.find('\0') != host.npos || port > 65'535) return {};
  return {std::string(host), static_cast<uint16_t>(port)};
}

}  // namespace

Sentinels::Sentinels(Loop& loop, const RedisUrl& url, Events events)
    : loop_(loop), url_(url), events_(std::move(events)), pause_(loop, [this] { ask(); }) {}

void Sentinels::ask() {
  if (left_ > 0) return;
  pause_.stop();
  left_ = url_.sentinels.size();
  failures_.assign(left_, "");
  redis_ ? send() : ask_next();
}

void Sentinels::doubt() {
  if (left_ > 0) return;
  redis_.reset();
  at_ = (at_ + 1) % url_.sentinels.size();
}

void Sentinels::ask_next() {
  redis_ = std::make_unique<Redis>(
      loop_, url_of_sentinel(url_, url_.sentinels[at_]), kOptions, [this] { send(); },
      [this](const std::string& reason) { on_down(reason); });
  redis_->start();
}

void Sentinels::send() {
  redis_->command({"SENTINEL", "get-master-addr-by-name", url_.primary}, [this](const redisReply* reply) {
    if (reply) on_reply(*reply);
  });
}

void Sentinels::on_reply(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return pass_over("it knows no primary named " + url_.primary);
  if (is_unknown_word(&reply)) return pass_over("it is no sentinel");
  if (reply.type == REDIS_REPLY_ERROR) return pass_over(failure_of("SENTINEL", reply_text(&reply)));
  const RedisUrl::Host primary = parse_address(reply);
  if (primary.port == 0) return pass_over("it answers with no address");
  left_ = 0;
  pause_.start(kPause);
  events_.on_told(primary);
}

/// Between two questions it is no matter yet.
void Sentinels::on_down(const std::string& reason) {
  if (left_ == 0) return redis_.reset();
  // It is their password that these words of a connection are about.
  pass_over(reason.find("NOAUTH") != reason.npos
                ? "it wants a password (NOAUTH): set sentinel-password in KILOMETRIC_REDIS_URL"
                : reason);
}

void Sentinels::pass_over(std::string reason) {
  redis_.reset();
  failures_[at_] = std::move(reason);
  at_ = (at_ + 1) % url_.sentinels.size();
  if (--left_ > 0) return ask_next();
  fail();
}

/// In the order of the URL, so that the words stay the same while the trouble does.
void Sentinels::fail() {
  std::string reason = "no sentinel knows the primary: ";
  for (size_t i = 0; i < failures_.size(); ++i)
    reason += fmt::format("{}{}: {}", i > 0 ? "; " : "", url_.sentinels[i].text(), failures_[i]);
  pause_.start(kPauseAfterFailure);
  events_.on_failed(reason);
}

}  // namespace kilometric
