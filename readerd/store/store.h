// The store: Redis as requests see it, over one connection. What they ask it for: pages of streams, how far
// these reach, pages of the index of keys; and what is to be removed. One short command each, see Questions for
// their turn.
//
// Owned by the Reader; one for all requests. A reply that is not what was asked for becomes a refusal, which
// says why in words for the client.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/kind.h"
#include "common/redis/page.h"
#include "common/redis/redis.h"
#include "common/uv.h"
#include "readerd/status/metrics.h"
#include "readerd/store/alive.h"
#include "readerd/store/events_page.h"
#include "readerd/store/instance_state.h"
#include "readerd/store/packed_page.h"
#include "readerd/store/questions.h"
#include "readerd/store/stream_info.h"

namespace kilometric {

/// A refusal is what the caller's client should be told.
template <class T>
using Result = std::variant<T, Refusal>;

struct PageRequest {
  Kind kind;
  std::string stream;
  IdRange range;
  Order order = Order::ascending;
  size_t most = kPageEntries;  ///< entries of the page; of large entries a page has fewer
};

/// How many a page has at most. An entry of a timer or a set may hold kilobytes, and many requests hold a page
/// each.
size_t entries_of_page(Kind kind);

class Store {
 public:
  /// Called once, later; never, once the one who asked is not alive any more.
  template <class T>
  using On = std::function<void(Result<T> result)>;

  Store(Loop& loop, Redis& redis, Metrics& metrics) : metrics_(metrics), questions_(loop, redis) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Tiers have other names there, see common/redis/layout.h.
  bool in_cluster() const { return questions_.in_cluster(); }

  /// The first page of the range, or in descending order the last.
  void fetch(PageRequest request, Alive alive, On<Page> on_page);

  /// The same of a stream of points; `most` hours at most.
  void fetch_packed(PageRequest request, Alive alive, On<PackedPage> on_page);
  /// A packed hour is damaged, and passed over: it is counted, and told in the log at most once a minute.
  void tell_damaged(std::string_view stream, uint64_t hour);

  /// Of the stream of events: the first page of the range, or in descending order the last, that first.
  void events(const IdRange& range, Order order, Alive alive, On<std::vector<StoredEvent>> on_events);

  /// The ID of the first entry of the range, or in descending order of the last; nullopt when there is none.
  using End = std::optional<StreamId>;
  void end(PageRequest request, Alive alive, On<End> on_end);

  /// How far a stream reaches.
  void stream_info(std::string stream, Alive alive, On<StreamInfo> on_info);

  /// The keys of the index of `kind` from `least` on up to `most`, in the order of their bytes, `count` of them
  /// at most. Both as ZRANGEBYLEX takes them: "[key", "(key", "-", "+".
  using Keys = std::vector<std::string>;
  void keys(Kind kind, std::string least, std::string most, Alive alive, On<Keys> on_keys,
            size_t count = kPageEntries);

  /// The instances of the last week, the one that flushed last first, at most 100.
  struct Instance {
    std::string id;
    uint64_t flushed_ms;  ///< since the epoch
  };
  using Instances = std::vector<Instance>;
  void instances(Alive alive, On<Instances> on_instances);

  /// The time between two flushes of an instance, in seconds; nullopt when it does not say so.
  void interval(const std::string& instance, Alive alive, On<std::optional<double>> on_interval);

  /// How an instance fares.
  void state(const std::string& instance, Alive alive, On<InstanceState> on_state);

  /// By Redis' clock, in ms since the epoch.
  void time(Alive alive, On<int64_t> on_time);

  /// Both say how many there were: 1 or 0.
  void remove_stream(std::string stream, Alive alive, On<int64_t> on_removed);
  void remove_key(Kind kind, std::string key, Alive alive, On<int64_t> on_removed);  ///< from the index

  /// Why Redis cannot be asked, in its own words or libuv's; told to clients while it is down.
  void set_down_reason(const std::string& reason) { down_reason_ = reason; }

 private:
  void remove(std::vector<std::string> command, Alive alive, On<int64_t> on_removed);
  Refusal refusal(const redisReply* reply, std::string_view name) const;

  Metrics& metrics_;
  std::optional<int64_t> damage_told_;  ///< when, by awake_ms()
  std::string down_reason_ = "not connected yet";
  Questions questions_;
};

}  // namespace kilometric
