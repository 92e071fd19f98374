// A cluster behind the face of one Redis: a connection to each primary, and each command goes to the one that
// has its key's slot.
//
// It is one thing to its user. It is up when every slot has a primary and all of these are connected; the loss
// of one of them is the loss of all: every pending reply is handed out as nullptr, and whoever asked looks up
// what is unknown once it is up again, as after the loss of a single Redis.
//
//   MOVED       not executed: sent again to the node named, where the slot lies from now on
//   ASK         not executed: sent again there behind an ASKING, this once
//   CLUSTERDOWN and what else says that this is not the node to ask: the whole goes down
//
// So each command's text is kept until its answer. A command that is sent on too often ends in the loss, too.
// Several commands for one key may overtake each other while its slot moves.
//
// The guide tells where slots lie, all the time. A node that is new to us is connected while the whole stays
// up, what is for it waits; one that has no slots any more goes when nothing of it is pending. If something
// still is after half a second, it hangs while another has taken its place, and the whole is lost.
//
// Owned by a Redis, whose rules for callbacks it keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/backoff.h"
#include "common/redis/guide.h"
#include "common/redis/link.h"
#include "common/redis/patience.h"
#include "common/redis/slots.h"
#include "common/uv.h"

namespace kilometric {

class RedisCluster : public RedisLink, public std::enable_shared_from_this<RedisCluster> {
 public:
  RedisCluster(Loop& loop, RedisUrl url, Redis::Options options, std::function<void()> on_up,
               std::function<void(const std::string&)> on_down);

  void start() override;
  void close() override;
  bool up() const override { return up_; }
  bool lost_idle() const override { return lost_idle_; }
  size_t pending() const override { return waiting_.size(); }
  std::string place() const override { return url_.display(); }
  void command(std::span<const std::string_view> arguments, OnReply on_reply) override;
  void command_text(std::string_view text, OnReply on_reply) override;
  void command_to(size_t node, std::string_view text, OnReply on_reply) override;
  std::vector<Redis::Node> nodes() const override;
  void read_every(std::chrono::milliseconds pause) override;
  void drop(const std::string& reason) override;

 private:
  struct Node {
    RedisUrl::Host host;
    std::unique_ptr<Redis> redis;
    std::vector<uint64_t> held;                      ///< commands that wait until it is up
    std::optional<CoarseClock::time_point> left_at;  ///< it has no slots since
  };
  struct Waiting {
    std::string text;
    OnReply on_reply;
    int redirects = 0;
    bool asking = false;
  };

  void begin();
  void on_told(SlotMap map);
  void on_failed(const std::string& reason);
  void follow();
  void drop_leavers();
  Node& node_of(const RedisUrl::Host& host);
  void on_node_up(const RedisUrl::Host& host);
  void on_node_down(const RedisUrl::Host& host, const std::string& reason);
  void look_whether_up();
  void take(std::string_view text, const RedisUrl::Host& host, OnReply on_reply);
  void send(uint64_t number, const RedisUrl::Host& host);
  void on_reply(uint64_t number, const RedisUrl::Host& host, const redisReply* reply);
  void redirect(uint64_t number, const Redirect& redirect);
  void lose(const std::string& reason, bool idle = false);

  Loop& loop_;
  const RedisUrl url_;
  const Redis::Options options_;
  const std::function<void()> on_up_;
  const std::function<void(const std::string&)> on_down_;
  ClusterGuide guide_;
  Timer retry_;
  Backoff backoff_;
  std::chrono::milliseconds read_pause_{0};
  CoarseClock::time_point up_at_;

  SlotMap map_;                          ///< as it was told last, and as MOVED has changed it since
  std::map<std::string, Node> nodes_;    ///< by their host's text
  std::map<uint64_t, Waiting> waiting_;  ///< in the order in which they were asked
  uint64_t last_number_ = 0;
  std::string text_;  ///< of the last command
  bool trying_ = false;
  bool up_ = false;
  bool lost_idle_ = false;
  bool closed_ = false;
};

}  // namespace kilometric
