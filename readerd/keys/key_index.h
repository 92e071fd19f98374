// The index of keys, page after page, and which of its keys match a pattern, or have the tags that are wanted.
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
#include "readerd/keys/key_filter.h"
#include "readerd/keys/matching.h"
#include "readerd/store/store.h"

namespace kilometric {

class KeyIndex {
 public:
  struct Page {
    std::vector<std::string> keys;  ///< in the order of their bytes
    std::vector<bool> matches;      ///< whether each of them is wanted
    bool last = false;              ///< there are no more
  };

  KeyIndex(Loop& loop, Store& store) : store_(store), matching_(loop) {}

  /// Of the keys that begin as all do that `filter` wants, the page behind `after`; from the first one on when
  /// that is empty, or before them. By tags of one name, no other name is looked at. Requires that what
  /// `filter` looks at lives until `on_page` was called, or `alive` is false.
  void page(Kind kind, const KeyFilter& filter, const std::string& after, Alive alive, Store::On<Page> on_page);

  /// Whether it has this key. What is no index has none.
  void has(Kind kind, const std::string& key, Alive alive, Store::On<bool> on_answer);

 private:
  /// The keys from `least` to `most`, as ZRANGEBYLEX takes them, behind those of `page`.
  void add_range(Kind kind, const KeyFilter& filter, const std::string& least, const std::string& most,
                 Page page, Alive alive, Store::On<Page> on_page);

  Store& store_;
  Matching matching_;
};

}  // namespace kilometric
