// Pages of streams, fetched from Redis for all requests over one connection: one command a page.
//
// Only so many commands are under way at a time; further ones wait here, first come, first served.
// So Redis never has to hold thousands of replies for us, a health check is never stuck behind
// them, and many readers of long streams advance side by side.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <variant>

#include "common/page.h"
#include "common/redis.h"
#include "readerd/metrics.h"
#include "readerd/refusal.h"

namespace kilometric {

class Pages {
 public:
  /// A refusal is what the caller's client should be told.
  using Result = std::variant<Page, Refusal>;
  using OnPage = std::function<void(const Result& result)>;

  Pages(Redis& redis, Metrics& metrics) : redis_(redis), metrics_(metrics) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  /// The first page of `range`. `on_page` is called once, perhaps before this returns; never, when by
  /// the time Redis could be asked `wanted` says that it is not any more.
  void fetch(std::string stream, const IdRange& range, std::function<bool()> wanted, OnPage on_page);

  /// Why Redis cannot be asked, in its own words or libuv's; told to clients while it is down.
  void set_down_reason(const std::string& reason) { down_reason_ = reason; }

 private:
  struct Wanted {
    std::string stream;
    IdRange range;
    std::function<bool()> wanted;
    OnPage on_page;
  };

  void send_waiting();
  void send(Wanted wanted);
  Result read_reply(const redisReply* reply, const Wanted& wanted);

  Redis& redis_;
  Metrics& metrics_;
  std::string down_reason_ = "not connected yet";
  std::deque<Wanted> waiting_;
  size_t under_way_ = 0;
  bool sending_ = false;  ///< send_waiting() is running; replies that come at once must not nest it
};

}  // namespace kilometric
