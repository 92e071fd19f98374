// One `GET /keys?match=&limit=&cursor=`: a page of the index of keys, in the order of their bytes.
//
//   {"keys":["web.1.hits","web.2.hits"],"cursor":"web.2.hits"}
//
// The cursor, given back, gets the next page; without one there is no more. A page may hold fewer keys
// than the limit, when few of the many it has looked at match. And one `DELETE /keys?key=`.
//
// Both keep themselves alive while a question to Redis is on its way.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/http/server.h"
#include "readerd/keys/glob.h"
#include "readerd/store/store.h"

namespace kilometric {

struct KeysQuery {
  static constexpr size_t kUsualLimit = 1'000;
  static constexpr size_t kMostLimit = 10'000;

  Glob match;
  size_t limit;
  std::string cursor;  ///< the last key of the page before; empty: there is none
};

std::variant<KeysQuery, Refusal> parse_keys_query(std::string_view text);

class KeysList : public std::enable_shared_from_this<KeysList> {
 public:
  /// Looked at for one answer, so that a pattern which matches nothing asks no more of Redis than 100 pages.
  static constexpr size_t kMostLookedAt = 100'000;

  KeysList(Store& store, KeysQuery query, HttpResponse response)
      : store_(store), query_(std::move(query)), response_(std::move(response)) {}

  void start();

 private:
  void ask(std::string least);
  void on_keys(const Store::Keys& keys);
  void on_matched(const Store::Keys& keys, const std::vector<bool>& matched);
  void finish(bool more);

  Store& store_;
  const KeysQuery query_;
  HttpResponse response_;
  Store::Keys found_;
  std::string last_;  ///< looked at
  size_t looked_at_ = 0;
};

/// Deletes the streams of one key, and takes it out of the index. 404 when there was nothing.
class KeyRemoval : public std::enable_shared_from_this<KeyRemoval> {
 public:
  KeyRemoval(Store& store, std::string key, HttpResponse response)
      : store_(store), key_(std::move(key)), response_(std::move(response)) {}

  void start();

 private:
  void remove();
  void ask(std::string command, std::string name);
  void on_number(const Result<int64_t>& result);

  Store& store_;
  const std::string key_;
  HttpResponse response_;
  int unanswered_ = 0;
  int64_t removed_ = 0;
};

std::variant<std::string, Refusal> parse_key(std::string_view text);  ///< of a query `key=`

}  // namespace kilometric
