// One `GET /keys?kind=&match=&limit=&cursor=`: a page of a kind's index of keys, in the order of their bytes.
//
//   {"keys":["web.1.hits","web.2.hits"],"cursor":"web.2.hits"}
//
// The cursor, given back, gets the next page; without one there is no more. A page may hold fewer keys
// than the limit, when few of the many it has looked at match.
//
// It keeps itself alive while a question to Redis is on its way.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/http/server.h"
#include "readerd/keys/key_index.h"
#include "readerd/query/keys_query.h"

namespace kilometric {

class KeysList : public std::enable_shared_from_this<KeysList> {
 public:
  /// Keys looked at for one answer, so that a pattern which matches nothing asks no more of Redis than 100
  /// pages.
  static constexpr size_t kMostLookedAt = 100'000;

  KeysList(KeyIndex& index, KeysQuery query, HttpResponse response)
      : index_(index), query_(std::move(query)), response_(std::move(response)), last_(query_.cursor) {}

  void start() { ask(); }

 private:
  void ask();
  void on_page(const KeyIndex::Page& page);
  void finish(bool more);

  KeyIndex& index_;
  const KeysQuery query_;
  HttpResponse response_;
  std::vector<std::string> found_;
  std::string last_;  ///< the key that was looked at last; at first the cursor
  size_t looked_at_ = 0;
};

}  // namespace kilometric
