// What differs between kinds of metrics, and all of it. Nothing else in the way of the data knows one kind
// from another except by asking here.
//
//   sample --apply--> cell --merge--> delta --fields--> entry --parse--> delta --then--> bucket --> answer
//           worker          harvest            Redis            reader, tiers, merging of batches
//
// A `Delta` is what an interval, an hour or a bucket holds of one metric. It is of one kind for as long as it
// lives; two that are put together are of the same kind. Two operations put them together:
//
//   merge   what belongs to the same interval (workers, segments): associative and commutative
//   then    a later interval behind an earlier one: associative; deltas come in the order of their IDs
//
// `parse` undoes `fields`, and `get` undoes `put`. A property test holds every kind to these.
//
// A new kind is a file like counter.h, a number in `Kind`, a row in `kKinds`, a member and a case in each
// function of Delta, the branch in SegmentWriter that applies a sample to a cell, and its letters in the
// parser.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/metric/counter.h"

namespace kilometric {

/// The numbers are in files and never change.
enum class Kind : uint8_t { counter = 1 };

struct KindText {
  Kind kind;
  std::string_view name;
  std::string_view stream_prefix;  ///< of its names in Redis: the raw entries,
  std::string_view hour_prefix;    ///< closed hours,
  std::string_view day_prefix;     ///< closed days,
  std::string_view index;          ///< and the index of its keys
};

inline constexpr std::array<KindText, 1> kKinds{{
    {Kind::counter, "counter", "kilometric.", "kilometric:hour.", "kilometric:day.", "kilometric:keys"},
}};

/// nullopt for a number that no kind has.
constexpr std::optional<Kind> kind_of(uint64_t number) noexcept {
  for (const KindText& text : kKinds)
    if (static_cast<uint64_t>(text.kind) == number) return text.kind;
  return std::nullopt;
}

constexpr const KindText& text_of(Kind kind) noexcept { return kKinds[static_cast<size_t>(kind) - 1]; }

class Delta {
 public:
  Delta() = default;
  Delta(const Counter& counter) : counter_(counter) {}  // NOLINT(google-explicit-constructor): it is one

  Kind kind() const noexcept { return kind_; }
  /// Requires kind() == Kind::counter.
  const Counter& counter() const noexcept { return counter_; }

  void merge(const Delta& other) noexcept {
    assert(kind_ == other.kind_);
    counter_.merge(other.counter_);
  }
  void then(const Delta& later) noexcept {
    assert(kind_ == later.kind_);
    counter_.then(later.counter_);
  }
  /// True when an entry with it would tell a reader nothing.
  bool says_nothing() const noexcept { return counter_.says_nothing(); }
  /// What a reader is told of it.
  Amount value() const noexcept { return counter_.value(); }

  /// Calls `visit(name, text)` for each field of its entry in a stream.
  template <class Visit>
  void fields(Visit visit) const {
    counter_.fields(visit);
  }
  /// Out of the fields of an entry; `find(name)` gives the text of the first field of that name, or nullopt.
  /// nullopt when they are no entry of this kind.
  template <class Find>
  static std::optional<Delta> parse(Kind kind, Find find) {
    assert(kind == Kind::counter);
    if (const auto counter = Counter::parse(find)) return Delta(*counter);
    return std::nullopt;
  }

  /// The most bytes that put() writes.
  static constexpr size_t kMostBytes = Counter::kMostBytes;
  /// Returns where the next byte goes.
  std::byte* put(std::byte* at) const noexcept { return counter_.put(at); }
  /// Reads one that ends before `end`. Returns where the next byte is; nullptr when it is cut.
  static const std::byte* get(Kind kind, const std::byte* at, const std::byte* end, Delta& delta) noexcept {
    delta.kind_ = kind;
    return Counter::get(at, end, delta.counter_);
  }

  bool operator==(const Delta&) const = default;

 private:
  Kind kind_ = Kind::counter;
  Counter counter_;
};

}  // namespace kilometric
