// Which URL leads where, and words of advice for the rest.
//
// Owned by the Reader, which hands every request to handle(). What outlives the call keeps itself alive: an
// object of its own for each request to /read, /keys, /tags, /events, /instances and /health; the streams of
// /live are kept here until they end.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "common/http/server.h"
#include "common/redis/redis.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/api/graphite_routes.h"
#include "readerd/api/live.h"
#include "readerd/api/read.h"
#include "readerd/keys/key_index.h"
#include "readerd/keys/tag_follower.h"
#include "readerd/status/metrics.h"
#include "readerd/store/store.h"

namespace kilometric {

class Routes {
 public:
  Routes(Loop& loop, Redis& redis, Store& store, Metrics& metrics, const Settings& settings)
      : loop_(loop),
        redis_(redis),
        store_(store),
        index_(loop, store),
        tags_(loop, store, metrics),
        metrics_(metrics),
        settings_(settings),
        graphite_(loop, store, tags_, settings) {}

  /// `connections`: how many are open now.
  void handle(const HttpRequest& request, HttpResponse response, size_t connections);

  /// Counts an answer. Unknown paths share one label, so that strangers cannot make up metrics.
  void count(std::string_view path, int status);

 private:
  void read(const HttpRequest& request, HttpResponse response);
  void keys(const HttpRequest& request, HttpResponse response);
  void tags(const HttpRequest& request, HttpResponse response);
  void events(const HttpRequest& request, HttpResponse response);
  void remove_key(const HttpRequest& request, HttpResponse response);
  void live(const HttpRequest& request, HttpResponse response);
  void instances(HttpResponse response);
  void health(HttpResponse response);
  void metrics(HttpResponse response, size_t connections);

  Loop& loop_;
  Redis& redis_;
  Store& store_;
  KeyIndex index_;
  TagFollower tags_;
  Metrics& metrics_;
  const Settings& settings_;
  GraphiteRoutes graphite_;
  SumBudget sums_;
  Live::Shared live_shared_{store_, index_};
  std::map<Live*, std::shared_ptr<Live>> lives_;
};

}  // namespace kilometric
