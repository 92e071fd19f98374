// The keys that a query's patterns match, found in the index of keys, page after page.
//
// A key that is no pattern is taken as it is, whether the index has it or not: a stream that somebody
// else wrote may not be in it. And where a stream has the very name, with its stars and brackets, it is a
// key: the original knew no patterns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "readerd/keys/glob.h"
#include "readerd/store/store.h"

namespace kilometric {

class KeyLookup {
 public:
  struct Found {
    std::vector<std::string> keys;  ///< in the order of the patterns, each key once
    bool one = false;               ///< one key was asked for, by its name
  };
  using OnFound = Store::On<Found>;

  /// Refused when there are more keys than `most`. `globs` live until then.
  static void find(Store& store, Kind kind, const std::vector<Glob>& globs, size_t most, Alive alive,
                   OnFound on_found);

 private:
  KeyLookup(Store& store, Kind kind, const std::vector<Glob>& globs, size_t most, Alive alive, OnFound on_found)
      : store_(store),
        kind_(kind),
        globs_(globs),
        most_(most),
        alive_(std::move(alive)),
        on_found_(std::move(on_found)) {}

  static void next(const std::shared_ptr<KeyLookup>& self);
  static void look_for_the_name(const std::shared_ptr<KeyLookup>& self);
  static void look_for_matches(const std::shared_ptr<KeyLookup>& self);
  static void take(const std::shared_ptr<KeyLookup>& self, std::string key);
  static void look(const std::shared_ptr<KeyLookup>& self, std::string least);
  static void on_matched(const std::shared_ptr<KeyLookup>& self, const Store::Keys& keys,
                         const std::vector<bool>& matched);
  const Glob& glob() const { return globs_[glob_]; }
  void add(std::string key);

  Store& store_;
  const Kind kind_;
  const std::vector<Glob>& globs_;
  const size_t most_;
  const Alive alive_;
  const OnFound on_found_;
  size_t glob_ = 0;  ///< the one at hand
  Found found_;
  std::unordered_set<std::string> known_;
};

/// The bounds, as Store::keys takes them, of all keys that begin with `prefix`.
std::string least_with(const std::string& prefix);
std::string most_with(const std::string& prefix);

}  // namespace kilometric
