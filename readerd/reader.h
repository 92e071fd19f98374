// readerd as one map: the loop, Redis, the routes, HTTP, signals, and what systemd is told.
//
//   request -> query -> keys -> extents -> plan -> pages -> buckets -> sum, shape -> output -> body
//
// HTTP is served once Redis was tried, so that a reader that has just started does not turn its first
// callers away; until then they wait in the listening queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "common/redis/redis.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/api/routes.h"
#include "readerd/status/metrics.h"
#include "readerd/store/store.h"

namespace kilometric {

class Reader {
 public:
  /// Takes over `listen_fds`, of which there is at least one.
  Reader(const Settings& settings, std::vector<int> listen_fds);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Serves until SIGTERM or SIGINT.
  void run();

 private:
  void on_redis_up();
  void on_redis_down(const std::string& reason);  ///< called for each further try that fails, too
  void serve();
  void tell_status();
  void stop();
  void close_listeners();

  Loop loop_;
  const Settings settings_;
  Metrics metrics_;
  Redis redis_;
  Store store_;
  Routes routes_;
  std::vector<int> listen_fds_;
  std::optional<HttpServer> http_;
  Signal on_sigterm_;
  Signal on_sigint_;
  Signal on_sighup_;
  Timer status_;
  Timer watchdog_;
  std::optional<bool> redis_answers_;  ///< what the log said last; nullopt: nothing yet
  bool stopping_ = false;
};

}  // namespace kilometric
