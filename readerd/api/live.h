// One `GET /live?key=`: server-sent events, one for each new entry of the key's stream, until the client
// goes or the reader stops.
//
//   id: 1603303544893-140737488355327
//   data: {"name":"visits","from":1603303544893,"value":3}
//
// It begins with what comes after the request, or, for a client that has lost its connection, after its
// Last-Event-ID. The stream is looked at once a second: entries come once an interval.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/server.h"
#include "common/redis/stream_id.h"
#include "common/uv.h"
#include "readerd/query/keys_query.h"
#include "readerd/store/store.h"

namespace kilometric {

class Live : public std::enable_shared_from_this<Live> {
 public:
  static constexpr std::string_view kContentType = "text/event-stream";
  /// nginx holds back what comes in pieces, unless it is told not to.
  static constexpr std::string_view kHeaders = "X-Accel-Buffering: no\r\n";
  static constexpr size_t kMost = 1'000;  ///< live streams at a time; a further one gets 503

  /// `on_end` is told that this stream has ended and may be destroyed.
  Live(Loop& loop, Store& store, MetricQuery metric, HttpResponse response, std::function<void(Live&)> on_end);

  /// `last_event`: the client's Last-Event-ID, or empty.
  void start(std::string_view last_event);

 private:
  void ask_for_the_last();
  void begin(const StreamId& after);
  void tick();
  void look(const StreamId& from);
  void on_page(const Page& page);
  void write(std::string_view text);

  Store& store_;
  const MetricQuery metric_;
  const std::string stream_;
  HttpResponse response_;
  const std::function<void(Live&)> on_end_;
  Timer timer_;
  StreamId after_;      ///< the last entry that was sent
  bool begun_ = false;  ///< the answer has
  bool busy_ = true;    ///< Redis owes a page, or the client has not taken the last one
  int quiet_looks_ = 0;
};

}  // namespace kilometric
