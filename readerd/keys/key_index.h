// The index of keys, page after page, and which of its keys match a pattern.
//
// One for all requests, so that their patterns are matched in turn, see Matching. Whoever asks for pages goes
// on behind the last key of the page before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/metric/kind.h"
#include "common/redis/page.h"
#include "common/uv.h"
#include "readerd/keys/glob.h"
#include "readerd/keys/matching.h"
#include "readerd/store/store.h"

namespace kilometric {

class KeyIndex {
 public:
  struct Page {
    std::vector<std::string> keys;  ///< in the order of their bytes
    std::vector<bool> matches;      ///< whether each of them matches the pattern
    bool last() const { return keys.size() < kPageEntries; }
  };

  KeyIndex(Loop& loop, Store& store) : store_(store), matching_(loop) {}

  /// Of the keys that begin as all do that match `glob`, the page behind `after`; from the first one on when
  /// that is empty, or before them. Requires that `glob` lives until `on_page` was called, or `alive` is false.
  void page(Kind kind, const Glob& glob, const std::string& after, Alive alive, Store::On<Page> on_page);

  /// Whether it has this key. What is no index has none.
  void has(Kind kind, const std::string& key, Alive alive, Store::On<bool> on_answer);

 private:
  Store& store_;
  Matching matching_;
};

}  // namespace kilometric
