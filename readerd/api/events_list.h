// One `GET /events?from=&to=&tag=&limit=&cursor=`: events and service checks, the newest first.
//
//   {"events":[{"id":"...","time":...,"title":"Deploy",...},...],"cursor":"1603303544893-77"}
//
// The cursor, given back, gets older ones; without one there are no more. An answer may hold fewer events than
// the limit, when few of the many it has looked at have the tags, or when they are long. What is looked for is
// the end of the interval in which they came, as of all entries.
//
// It keeps itself alive while a question to Redis is on its way.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"
#include "readerd/query/events_query.h"
#include "readerd/store/store.h"

namespace kilometric {

class EventsList : public std::enable_shared_from_this<EventsList> {
 public:
  static constexpr size_t kMostLookedAt = 20'000;
  static constexpr size_t kMostBytes = size_t{4} << 20;

  EventsList(Store& store, EventsQuery query, HttpResponse response)
      : store_(store), query_(std::move(query)), response_(std::move(response)) {}

  void start() { ask(); }

 private:
  void ask();
  void on_page(const std::vector<StoredEvent>& page);
  void finish(bool more);

  Store& store_;
  EventsQuery query_;  ///< its range: what is still to be read
  HttpResponse response_;
  std::string text_;
  StreamId last_;  ///< the one that was looked at last
  size_t found_ = 0, looked_at_ = 0;
};

}  // namespace kilometric
