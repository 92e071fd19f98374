// What requests ask Redis for, over one connection: pages of streams, how far they reach, pages of the
// index of keys. One short command each.
//
// Only so many commands are under way at a time; further ones wait here, first come, first served.
// So Redis never has to hold thousands of replies for us, a health check is never stuck behind
// them, and many readers of long streams advance side by side. Whoever asks what is waiting already
// shares its reply, so that a crowd before one dashboard costs Redis what one viewer does; a reply whose
// command is on its way is not shared, as it may be older than the question.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/redis/page.h"
#include "common/redis/redis.h"
#include "readerd/keys/matching.h"
#include "readerd/series/plan.h"
#include "readerd/status/metrics.h"
#include "readerd/store/alive.h"

namespace kilometric {

/// A refusal is what the caller's client should be told.
template <class T>
using Result = std::variant<T, Refusal>;

struct PageRequest {
  Kind kind;
  std::string stream;
  IdRange range;
  Order order = Order::ascending;
};

class Store {
 public:
  /// Called once, later; never, once the one who asked is not alive any more.
  template <class T>
  using On = std::function<void(const Result<T>& result)>;

  Store(Loop& loop, Redis& redis, Metrics& metrics)
      : redis_(redis), metrics_(metrics), matching_(loop), send_(loop, [this] { send_waiting(); }) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The first page of the range, or in descending order the last.
  void fetch(PageRequest request, Alive alive, On<Page> on_page);

  /// The ID of the first entry of the range, or in descending order of the last; nullopt when there is none.
  using End = std::optional<StreamId>;
  void end(PageRequest request, Alive alive, On<End> on_end);

  /// How far a stream reaches.
  void stream_info(std::string stream, Alive alive, On<StreamInfo> on_info);

  /// The keys of the index of `kind` from `least` on up to `most`, in the order of their bytes, kPageEntries at
  /// most. Both as ZRANGEBYLEX takes them: "[key", "(key", "-", "+".
  using Keys = std::vector<std::string>;
  void keys(Kind kind, std::string least, std::string most, Alive alive, On<Keys> on_keys);

  /// For what is done with these keys.
  Matching& matching() { return matching_; }

  /// Any command whose reply is a number.
  void number(std::vector<std::string> command, Alive alive, On<int64_t> on_number);

  /// Why Redis cannot be asked, in its own words or libuv's; told to clients while it is down.
  void set_down_reason(const std::string& reason) { down_reason_ = reason; }

 private:
  /// nullptr: Redis is down, or went down.
  template <class T>
  using Read = std::function<Result<T>(const redisReply* reply)>;

  /// A command that waits, or is on its way, and those who asked.
  struct Question {
    virtual ~Question() = default;
    virtual bool alive() const = 0;
    virtual void answer(const redisReply* reply) const = 0;
    std::vector<std::string> command;
  };
  template <class T>
  struct QuestionFor;

  template <class T>
  void ask(std::vector<std::string> command, Read<T> read, Alive alive, On<T> on_answer);
  void send_waiting();
  void send(std::shared_ptr<Question> question);
  Refusal refusal(const redisReply* reply, std::string_view name) const;

  Redis& redis_;
  Metrics& metrics_;
  Matching matching_;
  std::string down_reason_ = "not connected yet";
  std::deque<std::shared_ptr<Question>> waiting_;
  std::unordered_map<std::string, std::shared_ptr<Question>> by_text_;  ///< of those that wait
  size_t under_way_ = 0;
  NextTurn send_;  ///< once all requests that came together have asked
};

}  // namespace kilometric
