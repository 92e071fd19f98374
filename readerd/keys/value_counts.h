// The values of one tag, each with how many series have it; in as few bytes as they take, as there may be a
// million of them.
//
// Counted anew by one walk over all keys after another: count() for each series, then turn(). What is told is
// what the walk before has counted, so it does not change amid a walk. A value that a walk did not find is
// forgotten. Owned by the TagIndex, which knows how much room there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace kilometric {

class ValueCounts {
 public:
  struct Value {
    std::string_view text;
    uint32_t count;
  };

  /// `seed`: of the hashes, as strangers choose the values.
  explicit ValueCounts(uint64_t seed) : seed_(seed) {}

  /// About so much memory a value takes.
  static size_t bytes_of(std::string_view value);

  /// One more series has `value`. False when it is new and takes more than `room`; else that is less by what it
  /// takes.
  bool count(std::string_view value, size_t& room);

  /// A walk has ended: what it has counted is told from now on. Returns how much memory is free again.
  size_t turn();

  bool empty() const { return told_ == 0; }  ///< nothing is told

  /// The first `most` values, in the order of their bytes, that begin with `prefix` and are behind `after`; all
  /// of them, if that is empty. Requires `most` above 0.
  std::vector<Value> first(size_t most, std::string_view prefix, std::string_view after) const;

 private:
  struct Entry {
    std::unique_ptr<char[]> text;
    uint64_t head;  ///< the first bytes as a number: a million texts, each a cache miss, need not be looked at
    uint32_t hash;
    uint32_t counted, told;
    uint16_t size;
    std::string_view view() const { return {text.get(), size}; }
    bool operator<(const Entry& other) const {
      return head != other.head ? head < other.head : view() < other.view();
    }
  };

  /// The slot of the value, or the free one where it belongs.
  uint32_t& slot_of(std::string_view value, uint32_t hash);
  void make_slots(size_t count);

  const uint64_t seed_;
  std::deque<Entry> entries_;
  std::vector<uint32_t> slots_;  ///< an open table: 1 + the place of an entry; 0: free
  size_t told_ = 0;              ///< values
};

}  // namespace kilometric
