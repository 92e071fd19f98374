// One `GET /live?key=&kind=&stat=&events=&tag=`: server-sent events, one for each new entry of the key's
// stream, or of the streams of all keys that a pattern matches, until the client goes or the reader stops.
//
//   id: 1603303544893-140737488355327
//   data: {"name":"visits","from":1603303544893,"value":3}
//
// With `events=on` events and service checks come, too (or alone, without a key), under a name of their own:
//
//   event: event
//   id: 1603303544893-9007199254740993
//   data: {"id":"1603303544893-9007199254740993","time":1603303541000,"title":"Deploy","text":""}
//
// Its numbers are the statistics that are asked for, of the entry alone; an entry of a gauge is resolved by
// what stands before it, which is found once for each key. While the kind is left open and no key of the
// pattern is known, it stays open.
//
// It begins with what comes after the request, or, for a client that has lost its connection, after its
// Last-Event-ID; with a pattern, the events of that ID come again, since each key may have one. What has been
// trimmed from a raw stream since then comes out of packed hours. The streams are
// looked at once a second: entries come once an interval. Keys that are new to a pattern are looked for every
// ten seconds, and lose nothing by that. https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"
#include "common/metric/last_value.h"
#include "common/redis/stream_id.h"
#include "common/uv.h"
#include "readerd/keys/key_index.h"
#include "readerd/keys/key_lookup.h"
#include "readerd/output/json.h"
#include "readerd/query/keys_query.h"
#include "readerd/series/part_reader.h"
#include "readerd/store/store.h"

namespace kilometric {

class Live : public std::enable_shared_from_this<Live> {
 public:
  static constexpr std::string_view kContentType = "text/event-stream";
  /// nginx holds back what comes in pieces, unless it is told not to.
  static constexpr std::string_view kHeaders = "X-Accel-Buffering: no\r\n";
  static constexpr size_t kMost =
      1'000;  ///< keys of all live streams at a time; for a further one there is a 503
  static constexpr size_t kMostKeys = 100;  ///< that a pattern may match

  /// What all live streams share, until they end.
  struct Shared {
    Store& store;
    KeyIndex& index;
    size_t keys = 0;  ///< that are followed
  };

  /// `on_end` is told that this stream has ended and may be destroyed.
  Live(Loop& loop, Shared& shared, LiveQuery query, HttpResponse response, std::function<void(Live&)> on_end);

  /// `last_event`: the client's Last-Event-ID, or empty.
  void start(std::string_view last_event);

 private:
  struct Followed {
    std::string key, stream;
    StreamId after;    ///< the last entry that was sent
    LastValue last{};  ///< that it left behind
    bool last_known = false;
    std::optional<PartReader> trimmed{};  ///< what is not in the raw stream any more
    bool caught_up = false;               ///< the rest is in the raw stream
  };
  struct Event {
    StreamId id;
    std::string text;
  };

  Alive alive();
  void look_up();
  void on_keys(const FoundKeys& found);
  bool settle(const FoundKeys& found);
  bool follow(const std::string& key);
  void refuse(const Refusal& refusal);
  void ask_for_the_last();
  void on_last(const Result<Store::End>& result, StreamId& after);
  void begin();
  void tick();
  void finish();
  void look();
  void look_at(Followed& followed);
  void look_at_events();
  void on_events(const std::vector<StoredEvent>& page);
  void find_last_of(Followed& followed, const StreamId& from);
  void catch_up(Followed& followed, const StreamId& from);
  void read_trimmed(Followed& followed);
  void on_refused(Followed& followed, const Refusal& refusal);
  void on_page(Followed& followed, const Page& page);
  void on_entries(Followed& followed, const std::vector<Entry>& entries);
  std::string text_of(const std::string& key, const Entry& entry) const;
  void one_answered();
  void send_events();
  void write(std::string_view text);

  Shared& shared_;
  const LiveQuery query_;
  const JsonNumbers numbers_;
  HttpResponse response_;
  const std::function<void(Live&)> on_end_;
  Timer timer_;
  std::optional<StreamId> last_event_;
  std::optional<Kind> kind_;  ///< of the keys that are followed; nullopt: it is still open
  std::vector<Stat> stats_;   ///< set with the kind
  std::string headers_{kHeaders};
  std::vector<Followed> followed_;
  StreamId after_event_;  ///< the last event that was looked at
  StreamId start_;        ///< what comes later is sent
  bool pattern_ = false;  ///< there may be more keys
  bool begun_ = false;    ///< the answer has
  bool busy_ = true;      ///< Redis owes an answer, or the client has not taken the last events
  size_t unanswered_ = 0;
  std::vector<Event> events_;  ///< of this look
  int looks_ = 0, quiet_looks_ = 0;
};

}  // namespace kilometric
