#include "common/redis/redis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <csignal>
#include <ctime>
#include <deque>
#include <vector>

#include "common/backoff.h"
#include "common/redis/command.h"
#include "common/redis/events.h"
#include "common/redis/failure.h"
#include "common/redis/resolver.h"

namespace kilometric {
namespace {

using std::chrono::milliseconds;

/// As of the kernel's last tick, some milliseconds ago: it is asked with every answer, and costs a tenth
/// of the exact time.
struct Clock {
  using time_point = std::chrono::steady_clock::time_point;

  static time_point now() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

std::string seconds_text(milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

/// A try goes through the states in order and ends in `up`, or, like every loss, in `waiting`.
///
/// Users' functions are called from the loop only while no context of ours is in hiredis' hands, or
/// inside a reply's callback, where hiredis puts off what redisAsyncFree() asks for; so they may do
/// anything, destroying the Redis included. Then `this` lives on until the outermost call returns.
class Redis::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, RedisUrl url, Options options, std::function<void()> on_up,
             std::function<void(const std::string&)> on_down)
      : loop_(loop),
        url_(std::move(url)),
        options_(options),
        on_up_(std::move(on_up)),
        on_down_(std::move(on_down)),
        resolver_(loop, url_.host,
                  [this](auto addresses, auto error) { on_resolved(std::move(addresses), error); }),
        retry_(loop, [this] { begin(); }),
        deadline_(loop, [this] { on_deadline(); }),
        backoff_(options.retry_least, options.retry_most) {
    std::signal(SIGPIPE, SIG_IGN);  // hiredis writes with write(2)
  }

  void start() {
    if (state_ == State::waiting) retry_.start(milliseconds(0));
  }

  /// Nothing is called any more.
  void close() {
    closed_ = true;
    state_ = State::waiting;
    retry_.stop();
    deadline_.stop();
    forget_context();
    const auto dropped = std::exchange(waiting_, {});
  }

  bool up() const { return state_ == State::up; }
  size_t pending() const { return up() ? waiting_.size() : 0; }
  const RedisUrl& url() const { return url_; }

  void command(std::span<const std::string_view> arguments, OnReply on_reply) {
    if (up()) return command_text(text_of_command(arguments), std::move(on_reply));
    on_reply(nullptr);
  }

  void command_text(std::string_view text, OnReply on_reply) {
    if (!up()) return on_reply(nullptr);
    if (waiting_.empty()) expect_within(options_.reply_deadline);
    send(text, std::move(on_reply));
  }

  void read_every(milliseconds pause) { *read_pause_ = pause; }

  void drop(const std::string& reason) {
    if (state_ != State::waiting) lose(reason);
  }

 private:
  enum class State { waiting, resolving, connecting, greeting, up };

  void begin() {
    const auto self = shared_from_this();
    try_ends_ = Clock::now() + options_.connect_deadline;
    if (!url_.path.empty()) {
      addresses_ = {url_.path};
      return connect_next("");
    }
    state_ = State::resolving;
    expect_within(options_.connect_deadline);
    resolver_.start();
  }

  void on_resolved(std::vector<std::string> addresses, const std::string& error) {
    const auto self = shared_from_this();
    if (state_ == State::waiting && !closed_ && !addresses.empty()) {
      // Came too late for its try. Used all the same, or a resolver that always needs longer than the
      // deadline (its first server being dead) would keep us from ever connecting.
      retry_.stop();
      try_ends_ = Clock::now() + options_.connect_deadline;
    } else if (state_ != State::resolving) {
      return;
    }
    if (addresses.empty()) return lose(error);
    std::reverse(addresses.begin(), addresses.end());
    addresses_ = std::move(addresses);
    connect_next("");
  }

  /// Tries the last of `addresses_`, which are in reverse order. An address that swallows packets may
  /// not take the time of those behind it, so each gets an equal share.
  void connect_next(std::string failure) {
    while (!addresses_.empty()) {
      state_ = State::connecting;
      expect_within(time_left() / static_cast<int>(addresses_.size()));
      const std::string address = std::move(addresses_.back());
      addresses_.pop_back();
      context_ = url_.path.empty() ? redisAsyncConnect(address.c_str(), url_.port)
                                   : redisAsyncConnectUnix(address.c_str());
      if (context_ == nullptr) return lose("out of memory");
      if (context_->err == 0 && attach_redis_events(*context_, loop_, read_pause_)) return greet();
      failure = failure_of(context_->c);
      forget_context();
    }
    lose(failure);
  }

  /// Sent as soon as the connection is made. PING shows that commands are welcome: without it, a
  /// missing password or a Redis still loading would be noticed only later.
  void greet() {
    context_->data = this;
    redisAsyncSetConnectCallback(context_, on_connect);
    redisAsyncSetDisconnectCallback(context_, on_disconnect);
    if (url_.path.empty()) redisEnableKeepAlive(&context_->c);  // for the firewalls in between
    if (!url_.user.empty())
      send_greeting({"AUTH", url_.user, url_.password});
    else if (!url_.password.empty())
      send_greeting({"AUTH", url_.password});
    if (url_.db != 0) send_greeting({"SELECT", std::to_string(url_.db)});
    send_greeting({"PING"});
  }

  /// `arguments` begin with a literal.
  void send_greeting(std::initializer_list<std::string_view> arguments) {
    const std::string_view command = *arguments.begin();
    const std::string_view text = text_of_command(std::span(arguments.begin(), arguments.size()));
    send(text, [this, command](const redisReply* reply) {
      if (reply == nullptr) return;
      if (reply->type == REDIS_REPLY_ERROR) return lose(refusal_of(command, reply_text(reply)));
      if (command == "PING") become_up();
    });
  }

  void become_up() {
    state_ = State::up;
    backoff_.reset();
    deadline_.stop();
    on_up_();
  }

  /// Valid until the next call.
  std::string_view text_of_command(std::span<const std::string_view> arguments) {
    text_.clear();
    append_command(text_, arguments.size());
    for (const std::string_view argument : arguments) append_argument(text_, argument);
    return text_;
  }

  /// hiredis refuses only on a context being freed, and that is never ours.
  void send(std::string_view text, OnReply on_reply) {
    [[maybe_unused]] const int result =
        redisAsyncFormattedCommand(context_, on_reply_or_end, nullptr, text.data(), text.size());
    assert(result == REDIS_OK);
    waiting_.push_back(std::move(on_reply));
  }

  void on_reply(const redisReply* reply) noexcept {
    const auto self = shared_from_this();
    const OnReply waiting = std::move(waiting_.front());
    waiting_.pop_front();
    if (up()) heard();
    waiting(reply);
  }

  /// `failure` ends this connection or try.
  void lose(const std::string& failure) {
    const auto self = shared_from_this();
    state_ = State::waiting;
    forget_context();
    deadline_.stop();
    retry_.start(backoff_.next_with_jitter());
    const auto lost = std::exchange(waiting_, {});
    on_down_(failure);
    for (const OnReply& waiting : lost) {
      if (closed_) return;
      waiting(nullptr);
    }
  }

  /// hiredis frees it, now or on return from the callback that runs; its last calls go nowhere.
  void forget_context() {
    if (context_ == nullptr) return;
    context_->data = nullptr;
    redisAsyncFree(std::exchange(context_, nullptr));
  }

  // Deadlines. A timer runs only during a try and while replies are pending. It is not restarted for
  // each reply; when it ends it looks how long ago the last one came.

  void expect_within(milliseconds patience) {
    patience_ = patience;
    heard();
    deadline_.start(patience);
  }

  void heard() {
    heard_at_ = Clock::now();
    looked_again_ = false;
    if (up() && waiting_.empty()) deadline_.stop();
  }

  milliseconds time_left() const {
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(try_ends_ - Clock::now()));
  }

  void on_deadline() {
    const auto self = shared_from_this();
    const auto left = std::chrono::ceil<milliseconds>(heard_at_ + patience_ - Clock::now());
    if (left > milliseconds(0)) return deadline_.start(left);
    // libuv runs timers before it looks at sockets: when this process was the slow one, the answer
    // may lie there already.
    if (!std::exchange(looked_again_, true)) return deadline_.start(milliseconds(1));
    const std::string time = seconds_text(up() ? options_.reply_deadline : options_.connect_deadline);
    if (state_ == State::resolving) return lose("cannot resolve " + url_.host + " within " + time);
    if (state_ != State::connecting) return lose("no answer for " + time);
    forget_context();
    waiting_.clear();
    connect_next("no connection within " + time);
  }

  // What hiredis calls.

  static Connection* of(const redisAsyncContext* context) noexcept {
    return static_cast<Connection*>(context->data);
  }

  static void on_reply_or_end(redisAsyncContext* context, void* reply, void*) noexcept {
    if (of(context) != nullptr && reply != nullptr)
      of(context)->on_reply(static_cast<const redisReply*>(reply));
  }

  static void on_connect(const redisAsyncContext* context, int status) noexcept {
    Connection* connection = of(context);
    if (connection == nullptr) return;
    if (status == REDIS_OK) {
      connection->state_ = State::greeting;
      connection->expect_within(connection->time_left());
    } else {
      const auto self = connection->shared_from_this();
      connection->context_freed();
      connection->waiting_.clear();
      connection->connect_next(failure_of(context->c));
    }
  }

  static void on_disconnect(const redisAsyncContext* context, int) noexcept {
    Connection* connection = of(context);
    if (connection == nullptr) return;
    connection->context_freed();
    connection->lose(failure_of(context->c));
  }

  /// hiredis is about to free it.
  void context_freed() noexcept {
    context_->data = nullptr;
    context_ = nullptr;
  }

  Loop& loop_;
  const RedisUrl url_;
  const Options options_;
  const std::function<void()> on_up_;
  const std::function<void(const std::string&)> on_down_;
  const std::shared_ptr<milliseconds> read_pause_ = std::make_shared<milliseconds>(0);
  Resolver resolver_;
  Timer retry_;
  Timer deadline_;

  State state_ = State::waiting;
  bool closed_ = false;
  redisAsyncContext* context_ = nullptr;
  std::deque<OnReply> waiting_;  ///< replies come in the order of the commands
  std::vector<std::string> addresses_;
  std::string text_;  ///< of the last command

  Backoff backoff_;
  Clock::time_point try_ends_;
  Clock::time_point heard_at_;
  milliseconds patience_{};
  bool looked_again_ = false;
};

Redis::Redis(Loop& loop, RedisUrl url, Options options, std::function<void()> on_up,
             std::function<void(const std::string& reason)> on_down)
    : connection_(
          std::make_shared<Connection>(loop, std::move(url), options, std::move(on_up), std::move(on_down))) {}

Redis::~Redis() { connection_->close(); }

void Redis::start() { connection_->start(); }

bool Redis::up() const { return connection_->up(); }

size_t Redis::pending() const { return connection_->pending(); }

const RedisUrl& Redis::url() const { return connection_->url(); }

void Redis::command(std::span<const std::string_view> arguments, OnReply on_reply) {
  connection_->command(arguments, std::move(on_reply));
}

void Redis::command_text(std::string_view text, OnReply on_reply) {
  connection_->command_text(text, std::move(on_reply));
}

void Redis::read_every(milliseconds pause) { connection_->read_every(pause); }

void Redis::drop(const std::string& reason) { connection_->drop(reason); }

}  // namespace kilometric
