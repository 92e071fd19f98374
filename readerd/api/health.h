// One `GET /health`: healthy when Redis answers in time and an instance has flushed within ten of its
// intervals, by Redis' own clock.
//
// It keeps itself alive while a command is on its way.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"
#include "common/redis/redis.h"
#include "common/uv.h"

namespace kilometric {

class Health : public std::enable_shared_from_this<Health> {
 public:
  Health(Loop& loop, Redis& redis, HttpResponse response);

  void start();

 private:
  struct Flush {
    std::string instance;
    double at_ms;
  };

  using OnReply = void (Health::*)(const redisReply&);

  void ask(std::initializer_list<std::string_view> command, OnReply on_reply);
  void on_time(const redisReply& reply);
  void on_instances(const redisReply& reply);
  void on_interval(const redisReply& reply);
  void look_at_next();
  void respond(bool healthy);

  Redis& redis_;
  HttpResponse response_;
  Timer deadline_;
  double now_ms_ = 0;
  std::vector<Flush> flushes_;  ///< still to be looked at, the newest last
  bool answered_ = false;
};

/// True when a flush at `at_ms` is no further than ten intervals from `now_ms`.
bool recent(double at_ms, double now_ms, double interval_seconds);

}  // namespace kilometric
