#include "common/redis/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/redis/command.h"
#include "common/redis/failure.h"
#include "common/redis/reply.h"
#include "common/redis/tls.h"

namespace kilometric {

using std::chrono::milliseconds;

std::string seconds_text(milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

RedisConnector::RedisConnector(Loop& loop, const RedisUrl& url, Wishes wishes,
                               std::shared_ptr<const milliseconds> pause, Events events)
    : loop_(loop),
      url_(url),
      wishes_(wishes),
      pause_(std::move(pause)),
      events_(std::move(events)),
      server_{url.host, url.port},
      patience_(loop, [this] { on_deadline(); }) {
  if (url.sentinels.empty()) return;
  server_ = {};
  sentinels_.emplace(loop, url,
                     Sentinels::Events{[this](const RedisUrl::Host& primary) { on_told(primary); },
                                       [this](const std::string& reason) {
                                         if (state_ == State::asking) fail(reason);
                                       }});
}

void RedisConnector::start() {
  redis_failure_.clear();
  if (!sentinels_) return resolve();
  state_ = State::asking;
  sentinels_->ask();
}

void RedisConnector::on_told(const RedisUrl::Host& primary) {
  const bool moved = primary != server_;
  if (moved) {
    server_ = primary;
    resolver_.reset();
  }
  if (state_ == State::asking) return resolve();
  if (moved) return events_.on_moved("the primary is " + primary.text() + " now, by the sentinels");
  if (state_ == State::idle && failed_) sentinels_->doubt();  // sentinels learn late of what another one did
}

void RedisConnector::resolve() {
  try_ends_ = CoarseClock::now() + wishes_.deadline;
  if (!url_.path.empty()) {
    addresses_ = {url_.path};
    return connect_next("");
  }
  state_ = State::resolving;
  patience_.start(wishes_.deadline);
  if (!resolver_)
    resolver_.emplace(loop_, server_.name,
                      [this](auto addresses, auto error) { on_resolved(std::move(addresses), error); });
  resolver_->start();
}

void RedisConnector::stop() {
  state_ = State::idle;
  patience_.stop();
  forget(context_);
}

void RedisConnector::on_resolved(std::vector<std::string> addresses, const std::string& error) {
  if (state_ == State::idle && !addresses.empty()) {
    if (!events_.on_late()) return;
    try_ends_ = CoarseClock::now() + wishes_.deadline;
  } else if (state_ != State::resolving) {
    return;
  }
  if (addresses.empty()) return fail(error);
  std::reverse(addresses.begin(), addresses.end());
  addresses_ = std::move(addresses);
  connect_next("");
}

/// Tries the next address; `failure`: why the one before it did not do. An address that swallows packets, or
/// never answers, may not take the time of those behind it, so each gets an equal share.
void RedisConnector::connect_next(std::string failure) {
  while (!addresses_.empty()) {
    state_ = State::connecting;
    patience_.start(time_left() / static_cast<int>(addresses_.size()));
    const std::string address = std::move(addresses_.back());
    addresses_.pop_back();
    context_ = url_.path.empty() ? redisAsyncConnect(address.c_str(), server_.port)
                                 : redisAsyncConnectUnix(address.c_str());
    if (context_ == nullptr) return fail("out of memory");
    failure = failure_of(context_->c);
    if (context_->err == 0) failure = attach();
    if (failure.empty()) return greet();
    forget(context_);
  }
  fail(redis_failure_.empty() ? failure : redis_failure_);
}

/// Why it failed; empty when it did not.
std::string RedisConnector::attach() {
  try {
    auto tls = url_.tls ? std::make_unique<TlsSession>(url_.tls_files, server_.name) : nullptr;
    return attach_redis_events(*context_, loop_, pause_, std::move(tls)) ? ""
                                                                         : "the loop cannot watch its socket";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Sent as soon as the connection is made. PING shows that commands are welcome: without it, a missing password
/// or a Redis still loading would be noticed only later.
void RedisConnector::greet() {
  context_->data = static_cast<RedisContextOwner*>(this);
  asked_.clear();
  answered_ = false;
  redisAsyncSetConnectCallback(context_, [](const redisAsyncContext* context, int status) {
    if (RedisConnector* const connector = of(context)) connector->on_connected(status);
  });
  redisAsyncSetDisconnectCallback(context_, [](const redisAsyncContext* context, int) {
    if (auto* const owner = static_cast<RedisContextOwner*>(context->data)) owner->on_lost(*context);
  });
  if (url_.path.empty()) redisEnableKeepAlive(&context_->c);  // for the firewalls in between
  if (!url_.user.empty())
    send({"AUTH", url_.user, url_.password});
  else if (!url_.password.empty())
    send({"AUTH", url_.password});
  if (url_.db != 0) send({"SELECT", std::to_string(url_.db)});
  send({"PING"});
  if (wishes_.writes) send({"INFO", "replication"});
}

/// `arguments` begin with a literal.
void RedisConnector::send(std::initializer_list<std::string_view> arguments) {
  std::string text;
  append_command(text, arguments.size());
  for (const std::string_view argument : arguments) append_argument(text, argument);
  send_command(*context_, text);
  asked_.push_back(*arguments.begin());
}

void RedisConnector::on_reply(const redisReply& reply) noexcept {
  if (asked_.empty()) return pass_over(kUnaskedReply);
  answered_ = true;
  const std::string_view command = asked_.front();
  asked_.pop_front();
  on_greeted(command, reply);
}

/// Where INFO is forbidden a replica is found out by the first write.
void RedisConnector::on_greeted(std::string_view command, const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR && command != "INFO")
    return pass_over(failure_of(command, reply_text(&reply)));
  if (command == "INFO" && is_read_only_replica(reply_text(&reply))) return pass_over(kReadOnly);
  if (command == "INFO" && sentinels_ && is_replica(reply_text(&reply))) return pass_over("it is a replica");
  if (command != (wishes_.writes ? "INFO" : "PING")) return;
  state_ = State::idle;
  patience_.stop();
  failed_ = false;
  events_.on_reached(std::exchange(context_, nullptr));
}

/// The Redis at this address will not do.
void RedisConnector::pass_over(const std::string& reason) {
  redis_failure_ = reason;
  forget(context_);
  connect_next(reason);
}

void RedisConnector::on_connected(int status) noexcept {
  if (status == REDIS_OK) {
    state_ = State::greeting;
    return;
  }
  redisAsyncContext* const failed = std::exchange(context_, nullptr);  // hiredis is about to free it
  failed->data = nullptr;
  connect_next(failure_of(failed->c));
}

void RedisConnector::on_lost(const redisAsyncContext& context) noexcept {
  std::exchange(context_, nullptr)->data = nullptr;
  const bool closed = context.err == REDIS_ERR_EOF || context.err == REDIS_ERR_IO;
  const bool unasked_tls = closed && !answered_ && !url_.tls && url_.path.empty();
  connect_next(failure_of(context.c) +
               (unasked_tls ? " before any answer: a port for TLS takes rediss://" : ""));
}

void RedisConnector::on_deadline() {
  const std::string time = seconds_text(wishes_.deadline);
  if (state_ == State::resolving) return fail("cannot resolve " + server_.name + " within " + time);
  forget(context_);
  const bool silent = state_ == State::greeting;
  connect_next((silent ? "no answer for " : "no connection within ") + time +
               (silent && url_.tls ? fmt::format(": {}", kDoubtsTls) : ""));
}

void RedisConnector::fail(const std::string& reason) {
  const bool at_primary = sentinels_ && state_ != State::asking;
  stop();
  failed_ = true;
  if (at_primary) sentinels_->doubt();
  events_.on_failed(at_primary ? fmt::format("{}, the primary by the sentinels: {}", server_.text(), reason)
                               : reason);
}

milliseconds RedisConnector::time_left() const {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(try_ends_ - CoarseClock::now()));
}

RedisConnector* RedisConnector::of(const redisAsyncContext* context) noexcept {
  return static_cast<RedisConnector*>(static_cast<RedisContextOwner*>(context->data));
}

}  // namespace kilometric
