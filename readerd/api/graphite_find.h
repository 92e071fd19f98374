// One request to Graphite's /metrics/find, or /metrics/expand: what stands at the next node of a path, by
// the names that are listed.
//
//   /metrics/find?query=web.*
//   [{"text":"1","id":"web.1","allowChildren":1,"expandable":1,"leaf":0,"context":{}},...]
//   /metrics/expand?query=web.*   {"results":["web.1","web.2"]}
//
// It keeps itself alive while it waits for an answer of Redis.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "common/settings/settings.h"
#include "readerd/graphite/gather/listing.h"
#include "readerd/graphite/gather/path.h"
#include "readerd/store/store.h"

namespace kilometric {

class GraphiteFind : public std::enable_shared_from_this<GraphiteFind> {
 public:
  static constexpr size_t kMostFound = 10'000;

  enum class Form : uint8_t { find, expand };

  GraphiteFind(Store& store, GraphiteNames listed, Form form, std::vector<graphite::Path> paths,
               HttpResponse response);

  void start();

 private:
  void on_ends(const Result<graphite::PathEnds>& result);
  void send_nodes();
  void send_names();

  Store& store_;
  const GraphiteNames listed_;
  const Form form_;
  const std::vector<graphite::Path> paths_;
  HttpResponse response_;
  size_t unanswered_ = 0;
  bool refused_ = false;
  graphite::PathEnds ends_;
};

}  // namespace kilometric
