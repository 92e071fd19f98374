#include "common/redis/redis.h"

#include <csignal>
#include <deque>
#include <utility>

#include "common/backoff.h"
#include "common/redis/cluster.h"
#include "common/redis/command.h"
#include "common/redis/connector.h"
#include "common/redis/denials.h"
#include "common/redis/failure.h"
#include "common/redis/link.h"
#include "common/redis/patience.h"

namespace kilometric {

using std::chrono::milliseconds;

namespace {

/// Redis' `timeout` is one second at least, and is looked at now and then; so what is closed earlier is closed
/// for another reason, and is not to be opened without a pause.
constexpr milliseconds kLeastTimeout{900};

}  // namespace

/// Waits, has its connector try, and is up; every failed try and every loss ends in waiting again.
///
/// Users' functions are called from the loop only while no context of ours is in hiredis' hands, or
/// inside on_reply(), where the events put off what redisAsyncFree() asks for; so they may do anything,
/// destroying the Redis included. Then `this` lives on until the outermost call returns.
class Redis::Connection : public RedisLink,
                          public RedisContextOwner,
                          public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, RedisUrl url, Options options, std::function<void()> on_up,
             std::function<void(const std::string&)> on_down)
      : url_(std::move(url)),
        options_(options),
        on_up_(std::move(on_up)),
        on_down_(std::move(on_down)),
        connector_(loop, url_, {options.connect_deadline, options.writes}, read_pause_,
                   {[this](redisAsyncContext* context) { on_reached(context); },
                    [this](const std::string& reason) { lose(reason); }, [this] { return on_late(); },
                    [this](const std::string& reason) { on_moved(reason); }}),
        retry_(loop, [this] { begin(); }),
        patience_(loop, [this] { lose("no answer for " + seconds_text(options_.reply_deadline)); }),
        backoff_(options.retry_least, options.retry_most) {
    std::signal(SIGPIPE, SIG_IGN);  // hiredis writes with write(2)
  }

  void start() override {
    if (!up() && !connector_.trying()) retry_.start(milliseconds(0));
  }

  /// Nothing is called any more.
  void close() override {
    closed_ = true;
    retry_.stop();
    patience_.stop();
    connector_.stop();
    forget(context_);
    const auto dropped = std::exchange(waiting_, {});
  }

  bool up() const override { return context_ != nullptr; }
  bool lost_idle() const override { return lost_idle_; }
  size_t pending() const override { return waiting_.size(); }
  std::string place() const override {
    const RedisUrl::Host& server = connector_.server();
    const bool told = !url_.sentinels.empty() && !server.name.empty();
    return url_.display() + (told ? " (" + server.text() + ")" : "");
  }

  void command(std::span<const std::string_view> arguments, OnReply on_reply) override {
    if (!up()) return on_reply(nullptr);
    text_.clear();
    append_command(text_, arguments);
    command_text(text_, std::move(on_reply));
  }

  void command_text(std::string_view text, OnReply on_reply) override {
    if (!up()) return on_reply(nullptr);
    if (waiting_.empty()) patience_.start(options_.reply_deadline);
    send_command(*context_, text);
    waiting_.push_back({std::move(on_reply), CommandStart(text)});
  }

  void command_to(size_t, std::string_view text, OnReply on_reply) override {
    command_text(text, std::move(on_reply));
  }
  std::vector<Redis::Node> nodes() const override { return {{"", SlotSet().set()}}; }

  void read_every(milliseconds pause) override { *read_pause_ = pause; }

  void drop(const std::string& reason) override {
    if (up() || connector_.trying()) lose(reason);
  }

 private:
  struct Waiting {
    OnReply on_reply;
    CommandStart command;
  };

  void begin() {
    const auto self = shared_from_this();
    connector_.start();
  }

  bool on_late() {
    if (closed_ || up()) return false;
    retry_.stop();
    return true;
  }

  /// The try or the connection is to a server that hangs, or does not know yet.
  void on_moved(const std::string& reason) {
    if (closed_) return;
    backoff_.reset();
    if (up() || connector_.trying()) return lose(reason);
    if (retry_.active()) retry_.start(milliseconds(0));
  }

  void on_reached(redisAsyncContext* context) {
    const auto self = shared_from_this();
    context_ = context;
    context_->data = static_cast<RedisContextOwner*>(this);
    reached_at_ = CoarseClock::now();
    on_up_();
  }

  /// Whoever it is for may end this connection's life: nothing of it is touched after that.
  void on_reply(const redisReply& reply) noexcept override {
    if (waiting_.empty()) return lose(kUnaskedReply);
    denials_.note(waiting_.front().command, reply);
    const OnReply on_answer = std::move(waiting_.front().on_reply);
    waiting_.pop_front();
    patience_.heard();
    if (waiting_.empty()) patience_.stop();
    if (is_of_wrong_server(&reply, options_.writes)) return turn_away(on_answer, reply);
    on_answer(&reply);
  }

  void on_lost(const redisAsyncContext& context) noexcept override {
    std::exchange(context_, nullptr)->data = nullptr;
    backoff_.reset();
    const bool idle = context.c.err == REDIS_ERR_EOF && waiting_.empty();
    lose(failure_of(context.c), idle && CoarseClock::now() - reached_at_ >= kLeastTimeout);
  }

  /// Where each connection is refused like this the waits between them grow.
  void turn_away(const OnReply& waiting, const redisReply& reply) {
    const auto self = shared_from_this();
    const std::string reason = failure_of("", reply_text(&reply));
    waiting(&reply);
    if (closed_ || !up()) return;
    if (CoarseClock::now() - reached_at_ > options_.retry_most) backoff_.reset();
    forget(context_);
    lose(reason);
  }

  /// `failure` ends this connection or try. `idle`: see Redis::lost_idle().
  void lose(const std::string& failure, bool idle = false) {
    const auto self = shared_from_this();
    lost_idle_ = idle;
    if (up()) backoff_.reset();
    connector_.stop();
    patience_.stop();
    forget(context_);
    retry_.start(idle ? milliseconds(0) : backoff_.next_with_jitter());
    const auto lost = std::exchange(waiting_, {});
    on_down_(failure);
    for (const Waiting& waiting : lost) {
      if (closed_) return;
      waiting.on_reply(nullptr);
    }
  }

  const RedisUrl url_;
  const Options options_;
  const std::function<void()> on_up_;
  const std::function<void(const std::string&)> on_down_;
  const std::shared_ptr<milliseconds> read_pause_ = std::make_shared<milliseconds>(0);
  RedisConnector connector_;
  Timer retry_;
  Patience patience_;  ///< with a Redis that owes replies
  Backoff backoff_;
  CoarseClock::time_point reached_at_;

  redisAsyncContext* context_ = nullptr;  ///< not nullptr: it is up
  std::deque<Waiting> waiting_;           ///< replies come in the order of the commands
  std::string text_;                      ///< of the last command
  Denials denials_;
  bool lost_idle_ = false;
  bool closed_ = false;
};

Redis::Redis(Loop& loop, RedisUrl url, Options options, std::function<void()> on_up,
             std::function<void(const std::string& reason)> on_down)
    : is_cluster_(!url.nodes.empty()) {
  if (is_cluster_)
    link_ = std::make_shared<RedisCluster>(loop, std::move(url), options, std::move(on_up), std::move(on_down));
  else
    link_ = std::make_shared<Connection>(loop, std::move(url), options, std::move(on_up), std::move(on_down));
}

Redis::~Redis() { link_->close(); }

void Redis::start() { link_->start(); }

bool Redis::up() const { return link_->up(); }

bool Redis::lost_idle() const { return link_->lost_idle(); }

size_t Redis::pending() const { return link_->pending(); }

std::string Redis::place() const { return link_->place(); }

void Redis::command(std::span<const std::string_view> arguments, OnReply on_reply) {
  link_->command(arguments, std::move(on_reply));
}

void Redis::command_text(std::string_view text, OnReply on_reply) {
  link_->command_text(text, std::move(on_reply));
}

std::vector<Redis::Node> Redis::nodes() const { return link_->nodes(); }

void Redis::command_to(size_t node, std::span<const std::string_view> arguments, OnReply on_reply) {
  std::string text;
  append_command(text, arguments);
  link_->command_to(node, text, std::move(on_reply));
}

void Redis::read_every(milliseconds pause) { link_->read_every(pause); }

void Redis::drop(const std::string& reason) { link_->drop(reason); }

}  // namespace kilometric
