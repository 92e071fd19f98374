// Which URL leads where, and words of advice for the rest.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "common/http/server.h"
#include "common/redis/redis.h"
#include "common/uv.h"
#include "common/settings/settings.h"
#include "readerd/api/live.h"
#include "readerd/status/metrics.h"
#include "readerd/store/store.h"
#include "readerd/api/read.h"

namespace kilometric {

class Routes {
 public:
  Routes(Loop& loop, Redis& redis, Pages& pages, Metrics& metrics, const Settings& settings)
      : loop_(loop), redis_(redis), pages_(pages), metrics_(metrics), settings_(settings) {}

  /// `connections`: how many are open now.
  void handle(const HttpRequest& request, HttpAnswer answer, size_t connections);

  /// Counts an answer. Unknown paths share one label, so that strangers cannot make up metrics.
  void count(std::string_view path, int status);

 private:
  void read(const HttpRequest& request, HttpAnswer answer);
  void keys(const HttpRequest& request, HttpAnswer answer);
  void remove_key(const HttpRequest& request, HttpAnswer answer);
  void live(const HttpRequest& request, HttpAnswer answer);
  void health(HttpAnswer answer);
  void metrics(HttpAnswer answer, size_t connections);

  Loop& loop_;
  Redis& redis_;
  Pages& pages_;
  Metrics& metrics_;
  const Settings& settings_;
  Read::SumBudget sums_;
  std::map<Live*, std::shared_ptr<Live>> lives_;
};

}  // namespace kilometric
