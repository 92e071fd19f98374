// Which URL leads where: /read, /health, /metrics, and words of advice for the rest.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "common/http.h"
#include "common/redis.h"
#include "common/uv.h"
#include "readerd/buckets.h"
#include "readerd/metrics.h"
#include "readerd/pages.h"

namespace kilometric {

class Routes {
 public:
  Routes(Loop& loop, Redis& redis, Pages& pages, Metrics& metrics, BucketBudget& budget)
      : loop_(loop), redis_(redis), pages_(pages), metrics_(metrics), budget_(budget) {}

  /// `connections`: how many are open now.
  void handle(const HttpRequest& request, HttpAnswer answer, size_t connections);

  /// Counts an answer. Unknown paths share one label, so that strangers cannot make up metrics.
  void count(std::string_view path, int status);

 private:
  void read(const HttpRequest& request, HttpAnswer answer);
  void health(HttpAnswer answer);
  void metrics(HttpAnswer answer, size_t connections);

  Loop& loop_;
  Redis& redis_;
  Pages& pages_;
  Metrics& metrics_;
  BucketBudget& budget_;
};

}  // namespace kilometric
