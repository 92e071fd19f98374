// One request to Graphite's /events/get_data, as Grafana asks for annotations: events and service checks of a
// range, the newest 1,000, of which all the words in `tags` are tags.
//
//   /events/get_data?from=-6h&until=now&tags=deploy
//   [{"when":1603303541,"what":"Deploy","tags":["env:prod"],"data":"v2"},...]
//
// It keeps itself alive while a question to Redis is on its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "readerd/store/store.h"

namespace kilometric {

class GraphiteEvents : public std::enable_shared_from_this<GraphiteEvents> {
 public:
  static constexpr size_t kMostEvents = 1'000;
  static constexpr size_t kMostLookedAt = 20'000;

  /// (from, until], in seconds since the epoch. `tags`: words with blanks between them.
  GraphiteEvents(Store& store, int64_t from, int64_t until, std::string tags, HttpResponse response);

  void start() { ask(); }

 private:
  void ask();
  void on_page(const std::vector<StoredEvent>& page);
  bool is_wanted(const StoredEvent& event) const;
  void finish();

  Store& store_;
  IdRange range_;  ///< still to be read
  const std::string tags_;
  HttpResponse response_;
  std::vector<std::string> events_;  ///< the newest first
  size_t looked_at_ = 0;
};

}  // namespace kilometric
