// Which tags the series have, and which values, out of one walk over all keys after another: add() for each
// key, then turn(). What is told is what the last walk that came to its end has found.
//
// Owned by the TagFollower. Its memory has a limit; beyond it a value that is new is left out, and counted. A
// series without tags is none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "readerd/keys/value_counts.h"

namespace kilometric {

class TagIndex {
 public:
  static constexpr size_t kMostBytes = 100'000'000;
  static constexpr size_t kMostTags = 10'000;
  static constexpr size_t kTagBytes = 1'024;  ///< about so much a tag takes beside its values

  explicit TagIndex(size_t most_bytes = kMostBytes);

  /// The series of a key, of whatever kind. Each tag counts, and its name as the tag `name`.
  void add(std::string_view key);
  void turn();

  /// In the order of their bytes.
  std::vector<std::string> tags(std::string_view prefix) const;
  /// As ValueCounts::first() has it; none, when there is no such tag.
  std::vector<ValueCounts::Value> values(std::string_view tag, size_t most, std::string_view prefix,
                                         std::string_view after) const;

  size_t bytes() const { return most_bytes_ - room_; }
  /// So many tags of series did not count, for want of room, in the last walk that has ended.
  uint64_t left_out() const { return left_out_; }

 private:
  void count(std::string_view tag, std::string_view value);
  ValueCounts* values_of(std::string_view tag);

  const size_t most_bytes_;
  const uint64_t seed_;
  size_t room_;
  std::map<std::string, ValueCounts, std::less<>> tags_;
  uint64_t left_out_ = 0, left_out_now_ = 0;
};

}  // namespace kilometric
