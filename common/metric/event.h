// An event, or a service check: no metric, as nothing of it is added up. It goes the way of the metrics, so
// that it reaches Redis as surely as they do; there all events have one stream, `kilometric:events`, with an
// entry for each.
//
//   sample    _e{5,9}:title|some text|t:warning
//   entry     at 1603303541000, title title, text some text, alert_type warning, ...
//
// Its key is no name but 8 bytes, a number, the greatest byte first: the second half of the ID of its entry, so
// that each event has an ID of its own. No two events share one: its first 24 bits say when the event came, in
// ms since boot, so that those of an interval stand in their order; the other 40 are drawn at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/amount.h"
#include "common/metric/event_line.h"
#include "common/metric/number.h"
#include "common/metric/stat.h"
#include "common/varint.h"

namespace kilometric {

inline constexpr size_t kEventKeyBytes = 8;

inline std::string event_key(uint64_t number) {
  std::string key;
  for (unsigned shift = 64; shift > 0; shift -= 8) key += static_cast<char>(number >> (shift - 8));
  return key;
}
/// Of any key; the end of one of eight bytes is all of it.
inline uint64_t number_of_event(std::string_view key) noexcept {
  uint64_t number = 0;
  for (const char byte : key) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

struct Event {
  uint64_t at = 0;   ///< when it came: in a segment ms since boot, behind it since the epoch
  std::string line;  ///< as it was sent; empty: it was not counted

  /// Two of one key are the same event.
  void merge(const Event&) noexcept {}
  void then(const Event&) noexcept {}
  void shift_times(int64_t by) noexcept { at += static_cast<uint64_t>(by); }
  bool says_nothing() const noexcept { return line.empty(); }
  std::optional<Number> stat(const Stat&) const { return std::nullopt; }
  Amount events() const noexcept { return {}; }
  size_t heap_bytes() const noexcept { return line.size(); }

  /// In a stream's entry: `at`, and those of the line.
  template <class Visit>
  void fields(Visit visit) const {
    fields_of(at, line, visit);
  }
  /// Of what put() has written.
  template <class Visit>
  static void fields_of(const std::byte* from, const std::byte* end, Visit visit) {
    uint64_t at = 0;
    std::string_view line;
    if (get_parts(from, end, at, line) != nullptr) fields_of(at, line, visit);
  }

  /// In a batch: `at`, the length of the line, and the line.
  static constexpr size_t kMostBytes = 2 * kMostVarintBytes + EventLine::kMostBytes;
  std::byte* put(std::byte* to) const noexcept {
    to = put_varint(put_varint(to, at), line.size());
    std::memcpy(to, line.data(), line.size());
    return to + line.size();
  }
  static const std::byte* get(const std::byte* from, const std::byte* end, Event& event) {
    std::string_view line;
    from = get_parts(from, end, event.at, line);
    event.line = line;
    return from;
  }

  bool operator==(const Event&) const = default;

 private:
  static const std::byte* get_parts(const std::byte* from, const std::byte* end, uint64_t& at,
                                    std::string_view& line) noexcept {
    uint64_t bytes = 0;
    from = get_varint(from, end, at);
    if (from != nullptr) from = get_varint(from, end, bytes);
    if (from == nullptr || bytes > EventLine::kMostBytes || static_cast<size_t>(end - from) < bytes)
      return nullptr;
    line = {reinterpret_cast<const char*>(from), bytes};
    return from + bytes;
  }
  template <class Visit>
  static void fields_of(uint64_t at, std::string_view line, Visit visit) {
    EventLine parsed;
    visit(std::string_view("at"), std::to_string(at));
    if (EventLine::is_one(line) && parsed.parse(line) == EventFault::none) parsed.fields(visit);
  }
};

}  // namespace kilometric
