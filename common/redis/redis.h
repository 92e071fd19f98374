// One connection to Redis that keeps itself up.
//
// Owned by a loop's thread; used by the flusher and by readerd. It resolves, connects, sends AUTH
// and SELECT, and only then calls `on_up`. Whatever goes wrong (refused, no answer within the
// deadline, cut, bad password) ends in `on_down` with a reason, once for each loss and each failed
// try, and in another try after a backoff with jitter. So does an answer by which the server says that it is
// not the one to ask any more: after a failover the host's name leads to another one; where the URL names
// sentinels, so does their word that another one is the primary now. Right after `on_down` every pending reply
// is handed out as nullptr, in order: whether Redis executed that command is unknown.
//
// With a cluster's nodes in the URL it is as many connections as the cluster has primaries, and behaves like
// one, see common/redis/cluster.h.
//
// All callbacks come from the loop, but for those of drop() and of a command() while down; each may
// do anything, destroying the Redis included. SIGPIPE is ignored from the constructor on.
//
// hiredis' own libuv adapter is not used: in 0.14 it drops poll errors, so a connection refused by
// another host would wait for ever.
#pragma once

#include <hiredis/async.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/reply.h"
#include "common/redis/slots.h"
#include "common/redis/url.h"
#include "common/uv.h"

namespace kilometric {

class RedisLink;

class Redis {
 public:
  /// The reply lives until the callback returns; nullptr: the connection was lost, outcome unknown.
  using OnReply = std::function<void(const redisReply* reply)>;

  struct Options {
    std::chrono::milliseconds connect_deadline{5000};  ///< resolve, connect, AUTH and SELECT together
    std::chrono::milliseconds reply_deadline{5000};    ///< without any reply while some are pending
    bool writes = false;                               ///< only a server that takes writes will do
    std::chrono::milliseconds retry_least{100};        ///< backoff: doubles from here ...
    std::chrono::milliseconds retry_most{5000};        ///< ... to here, each with jitter
  };

  Redis(Loop& loop, RedisUrl url, Options options, std::function<void()> on_up,
        std::function<void(const std::string& reason)> on_down);
  ~Redis();  ///< pending replies are dropped without a call
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  void start();  ///< begins to connect
  bool up() const;
  /// Whether the connection that was lost last was closed by Redis while nothing was asked of it, as Redis'
  /// `timeout` has it done. It is no news: the next try begins at once.
  bool lost_idle() const;
  size_t pending() const;  ///< commands sent and not yet answered
  /// For logs: the URL without user and password, and where the sentinels say that is.
  std::string place() const;

  /// Sends one command; arguments are bytes, never a format. When down, `on_reply(nullptr)` is called
  /// before this returns.
  void command(std::span<const std::string_view> arguments, OnReply on_reply);
  void command(std::initializer_list<std::string_view> arguments, OnReply on_reply) {
    command(std::span(arguments.begin(), arguments.size()), std::move(on_reply));
  }

  /// The same for a command with arguments, one, that is in Redis' protocol already.
  void command_text(std::string_view text, OnReply on_reply);

  struct Node {
    std::string address;
    SlotSet slots;
    bool operator==(const Node&) const = default;
  };
  /// Who a cluster's primaries are, in the order of their slots; of a single Redis one without an address,
  /// which has all slots. When this has changed, some slots lie elsewhere. None while the slots are not known.
  std::vector<Node> nodes() const;
  bool is_cluster() const { return is_cluster_; }

  /// Sends a command without a key to one of nodes(); command() sends such a one to the first.
  void command_to(size_t node, std::span<const std::string_view> arguments, OnReply on_reply);
  void command_to(size_t node, std::initializer_list<std::string_view> arguments, OnReply on_reply) {
    command_to(node, std::span(arguments.begin(), arguments.size()), std::move(on_reply));
  }

  /// From now on, after answers that made us send more, the next ones are left in the socket for this
  /// long: who keeps many commands on their way is woken once for all that have come. Zero at first.
  void read_every(std::chrono::milliseconds pause);

  /// Gives up this connection as if it had been cut (`on_down` with `reason`), and tries again.
  void drop(const std::string& reason);

 private:
  class Connection;
  const bool is_cluster_;
  std::shared_ptr<RedisLink> link_;
};

}  // namespace kilometric
