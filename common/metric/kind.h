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
// Of a gauge an entry may say how the value changed, not what it was: such entries are resolved, in the order
// of their IDs, before they are put behind each other in an hour or a bucket, see LastValue in last_value.h.
//
// `parse` undoes `fields`, and `get` undoes `put`. A property test holds every kind to these.
//
// A new kind is a file like counter.h, a number in `Kind`, a row in `kKinds`, an alternative of Delta and a
// case in parse() and get(), the cell that samples are applied to (ingestd/count), and its letters in the
// parser.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "common/metric/counter.h"
#include "common/metric/event.h"
#include "common/metric/gauge.h"
#include "common/metric/number.h"
#include "common/metric/set.h"
#include "common/metric/stat.h"
#include "common/metric/timer.h"

namespace kilometric {

/// The numbers are in files and never change. An event is no metric: it has no row in kKinds.
enum class Kind : uint8_t { counter = 1, gauge = 2, timer = 3, set = 4, event = 5 };

struct KindText {
  Kind kind;
  std::string_view name;
  std::string_view stream_prefix;  ///< of its names in Redis: the raw entries,
  std::string_view points_prefix;  ///< closed hours, packed,
  std::string_view hour_prefix;    ///< the sums of closed hours,
  std::string_view day_prefix;     ///< and days,
  std::string_view index;          ///< and the index of its keys
};

inline constexpr std::array<KindText, 4> kKinds{{
    {Kind::counter, "counter", "kilometric.", "kilometric:points.", "kilometric:hour.", "kilometric:day.",
     "kilometric:keys"},
    {Kind::gauge, "gauge", "kilometric:gauge.", "kilometric:gauge:points.", "kilometric:gauge:hour.",
     "kilometric:gauge:day.", "kilometric:gauge:keys"},
    {Kind::timer, "timer", "kilometric:timer.", "kilometric:timer:points.", "kilometric:timer:hour.",
     "kilometric:timer:day.", "kilometric:timer:keys"},
    {Kind::set, "set", "kilometric:set.", "kilometric:set:points.", "kilometric:set:hour.",
     "kilometric:set:day.", "kilometric:set:keys"},
}};

/// nullopt for a number that no kind has.
constexpr std::optional<Kind> kind_of(uint64_t number) noexcept {
  for (const KindText& text : kKinds)
    if (static_cast<uint64_t>(text.kind) == number) return text.kind;
  return number == static_cast<uint64_t>(Kind::event) ? std::optional(Kind::event) : std::nullopt;
}

/// nullopt for a name that no kind has.
constexpr std::optional<Kind> kind_named(std::string_view name) noexcept {
  for (const KindText& text : kKinds)
    if (text.name == name) return text.kind;
  return std::nullopt;
}

/// Requires a kind that has a row.
constexpr size_t row_of(Kind kind) noexcept {
  size_t row = 0;
  while (row + 1 < kKinds.size() && kKinds[row].kind != kind) ++row;
  return row;
}
constexpr const KindText& text_of(Kind kind) noexcept { return kKinds[row_of(kind)]; }

/// Whether an entry may say something only together with what was before it.
constexpr bool needs_before(Kind kind) noexcept { return kind == Kind::gauge; }

/// A value on the heap, copied with its owner: deltas of a counter, of which there may be millions, stay small.
template <class T>
class Boxed {
 public:
  Boxed(T value) : held_(std::make_unique<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  Boxed(const Boxed& other) : Boxed(*other) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) held_ = std::make_unique<T>(*other);
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  T& operator*() noexcept { return *held_; }
  const T& operator*() const noexcept { return *held_; }
  bool operator==(const Boxed& other) const { return *held_ == *other; }

 private:
  std::unique_ptr<T> held_;  ///< never empty, but when it was moved from
};

class Delta {
  using Held = std::variant<Counter, Boxed<Gauge>, Boxed<Timings>, Boxed<Set>, Boxed<Event>>;

  static Counter& unboxed(Counter& counter) noexcept { return counter; }
  static const Counter& unboxed(const Counter& counter) noexcept { return counter; }
  template <class T>
  static T& unboxed(Boxed<T>& boxed) noexcept {
    return *boxed;
  }
  template <class T>
  static const T& unboxed(const Boxed<T>& boxed) noexcept {
    return *boxed;
  }

  template <class Visit>
  decltype(auto) visit(Visit visit) const {
    return std::visit([&](const auto& held) -> decltype(auto) { return visit(unboxed(held)); }, held_);
  }
  template <class Use>
  void with_same(const Delta& other, Use use) {
    assert(held_.index() == other.held_.index());
    std::visit(
        [&](auto& own) { use(unboxed(own), unboxed(*std::get_if<std::decay_t<decltype(own)>>(&other.held_))); },
        held_);
  }
  static size_t heap_bytes_of(const Counter&) noexcept { return 0; }
  template <class T>
  static size_t heap_bytes_of(const Boxed<T>& boxed) noexcept {
    if constexpr (requires { (*boxed).heap_bytes(); })
      return sizeof(T) + (*boxed).heap_bytes();
    else
      return sizeof(T);
  }
  template <class T, class Find>
  static std::optional<Delta> parse_as(Find find) {
    auto parsed = T::parse(find);
    return parsed ? std::optional<Delta>(Delta(*std::move(parsed))) : std::nullopt;
  }
  template <class T>
  static const std::byte* pass_as(const std::byte* at, const std::byte* end) {
    T held;
    return T::get(at, end, held);
  }
  template <class T, class Visit>
  static void fields_as(const std::byte* at, const std::byte* end, Visit visit) {
    if constexpr (requires { T::fields_of(at, end, visit); }) return T::fields_of(at, end, visit);
    T held;
    if (T::get(at, end, held) != nullptr) held.fields(visit);
  }
  template <class T>
  static const std::byte* get_as(const std::byte* at, const std::byte* end, Delta& delta) {
    T held;
    at = T::get(at, end, held);
    if (at != nullptr) delta = Delta(std::move(held));
    return at;
  }

 public:
  Delta() = default;
  Delta(const Counter& counter) : held_(counter) {}          // NOLINT(google-explicit-constructor): it is one
  Delta(const Gauge& gauge) : held_(Boxed<Gauge>(gauge)) {}  // NOLINT(google-explicit-constructor)
  Delta(Timings timer) : held_(Boxed<Timings>(std::move(timer))) {}  // NOLINT(google-explicit-constructor)
  Delta(Set set) : held_(Boxed<Set>(std::move(set))) {}              // NOLINT(google-explicit-constructor)
  Delta(Event event) : held_(Boxed<Event>(std::move(event))) {}      // NOLINT(google-explicit-constructor)

  Kind kind() const noexcept { return static_cast<Kind>(held_.index() + 1); }
  /// Requires kind() == Kind::counter.
  const Counter& counter() const noexcept { return *std::get_if<Counter>(&held_); }
  /// Requires kind() == Kind::gauge.
  const Gauge& gauge() const noexcept { return **std::get_if<Boxed<Gauge>>(&held_); }
  /// Requires kind() == Kind::timer.
  const Timings& timer() const noexcept { return **std::get_if<Boxed<Timings>>(&held_); }
  /// Requires kind() == Kind::set.
  const Set& set() const noexcept { return **std::get_if<Boxed<Set>>(&held_); }

  /// Requires other.kind() == kind(), here and below.
  void merge(const Delta& other) {
    with_same(other, [](auto& own, const auto& others) { own.merge(others); });
  }
  void then(const Delta& later) {
    with_same(later, [](auto& own, const auto& others) { own.then(others); });
  }
  /// What two series make together: the same as merge() for all but the gauge.
  void unite(const Delta& other) {
    with_same(other, [](auto& own, const auto& others) {
      if constexpr (requires { own.unite(others); })
        own.unite(others);
      else
        own.merge(others);
    });
  }
  /// What it holds beside itself: a request's memory has limits.
  size_t heap_bytes() const noexcept {
    return std::visit([](const auto& held) { return heap_bytes_of(held); }, held_);
  }
  /// Says what was, not what changed, see Gauge::resolve(). Requires needs_before(kind()).
  void resolve(const Delta& before, uint64_t latest) {
    with_same(before, [latest](auto& own, const auto& others) {
      if constexpr (requires { own.resolve(others, latest); }) own.resolve(others, latest);
    });
  }
  /// Times that it holds are by another clock from now on, which is so many ms ahead.
  void shift_times(int64_t by) {
    std::visit(
        [by](auto& held) {
          if constexpr (requires { unboxed(held).shift_times(by); }) unboxed(held).shift_times(by);
        },
        held_);
  }

  /// True when an entry with it would tell a reader nothing.
  bool says_nothing() const {
    return visit([](const auto& held) { return held.says_nothing(); });
  }
  /// What a reader is told of it. nullopt: of what was not there at all; requires a statistic of this kind.
  std::optional<Number> stat(const Stat& stat) const {
    return visit([&](const auto& held) { return held.stat(stat); });
  }
  /// What a rate is the rate of: how much was counted.
  Amount events() const {
    return visit([](const auto& held) { return held.events(); });
  }

  /// Calls `visit(name, text)` for each field of its entry in a stream.
  template <class Visit>
  void fields(Visit visit_field) const {
    visit([&](const auto& held) { held.fields(visit_field); });
  }
  /// Out of the fields of an entry; `find(name)` gives the text of the first field of that name, or nullopt.
  /// nullopt when they are no entry of this kind; that of an event is not asked for.
  template <class Find>
  static std::optional<Delta> parse(Kind kind, Find find) {
    switch (kind) {
      case Kind::counter:
        return parse_as<Counter>(find);
      case Kind::gauge:
        return parse_as<Gauge>(find);
      case Kind::timer:
        return parse_as<Timings>(find);
      case Kind::set:
        return parse_as<Set>(find);
      default:
        return std::nullopt;
    }
  }

  /// The most bytes that put() writes.
  static constexpr size_t kMostBytes = std::max(
      {Counter::kMostBytes, Gauge::kMostBytes, Timings::kMostBytes, Set::kMostBytes, Event::kMostBytes});
  /// Returns where the next byte goes.
  std::byte* put(std::byte* at) const {
    return visit([&](const auto& held) { return held.put(at); });
  }
  /// Reads one that ends before `end`. Returns where the next byte is; nullptr when it is cut.
  static const std::byte* get(Kind kind, const std::byte* at, const std::byte* end, Delta& delta) {
    switch (kind) {
      case Kind::counter:
        return get_as<Counter>(at, end, delta);
      case Kind::gauge:
        return get_as<Gauge>(at, end, delta);
      case Kind::timer:
        return get_as<Timings>(at, end, delta);
      case Kind::set:
        return get_as<Set>(at, end, delta);
      case Kind::event:
        return get_as<Event>(at, end, delta);
      default:
        return nullptr;
    }
  }
  /// The same, but nothing is kept of it.
  static const std::byte* pass(Kind kind, const std::byte* at, const std::byte* end) {
    switch (kind) {
      case Kind::counter:
        return pass_as<Counter>(at, end);
      case Kind::gauge:
        return pass_as<Gauge>(at, end);
      case Kind::timer:
        return pass_as<Timings>(at, end);
      case Kind::set:
        return pass_as<Set>(at, end);
      case Kind::event:
        return pass_as<Event>(at, end);
      default:
        return nullptr;
    }
  }
  /// What fields() of one that put() has written would say: what an entry holds as a batch does is not read and
  /// written anew. Requires that pass() has passed it.
  template <class Visit>
  static void fields_of(Kind kind, const std::byte* at, const std::byte* end, Visit visit) {
    switch (kind) {
      case Kind::counter:
        return fields_as<Counter>(at, end, visit);
      case Kind::gauge:
        return fields_as<Gauge>(at, end, visit);
      case Kind::timer:
        return fields_as<Timings>(at, end, visit);
      case Kind::set:
        return fields_as<Set>(at, end, visit);
      case Kind::event:
        return fields_as<Event>(at, end, visit);
      default:
        return;
    }
  }

  bool operator==(const Delta&) const = default;

 private:
  Held held_;  ///< in the order of Kind
};

}  // namespace kilometric
