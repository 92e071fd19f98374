// Graphite's API: which of its URLs leads where. Grafana's Graphite data source asks for these, and so do tools
// that were made for graphite-web.
//
//   /render  /metrics/find  /metrics/expand  /functions  /version  /events/get_data
//   /tags/findSeries  /tags/autoComplete/tags  /tags/autoComplete/values
//   all of them also below /graphite, and with a slash behind; by GET, and by POST with a form
//
// Owned by the Routes. What outlives a call keeps itself alive.
#pragma once

#include <string_view>

#include "common/http/server.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/graphite/gather/points_budget.h"
#include "readerd/keys/tag_follower.h"
#include "readerd/store/store.h"

namespace kilometric {

class GraphiteRoutes {
 public:
  /// Requires that all of them outlive it.
  GraphiteRoutes(Loop& loop, Store& store, TagFollower& tags, const Settings& settings)
      : loop_(loop), store_(store), tags_(tags), settings_(settings) {}

  /// The route that a path is of, as it is counted: "/render". Empty: it is none of Graphite's.
  static std::string_view route_of(std::string_view path);

  /// Requires that the path has a route, and that the method is GET, HEAD or POST.
  void handle(const HttpRequest& request, HttpResponse response);

 private:
  void render(const HttpRequest& request, HttpResponse response);
  void find(const HttpRequest& request, HttpResponse response, bool expand);
  void find_series(const HttpRequest& request, HttpResponse response);
  void complete(const HttpRequest& request, HttpResponse response, bool values);
  void events(const HttpRequest& request, HttpResponse response);

  Loop& loop_;
  Store& store_;
  TagFollower& tags_;
  const Settings& settings_;
  graphite::PointsBudget points_;
};

}  // namespace kilometric
