// The ID of an entry in a Redis stream, `1603303544893-0`: milliseconds since the epoch and a
// sequence number. IDs in a stream only grow.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace kilometric {

struct StreamId {
  uint64_t ms = 0;
  uint64_t sequence = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 of a comparison for a pointer
  auto operator<=>(const StreamId&) const = default;
};

inline constexpr uint64_t kMostMs = std::numeric_limits<uint64_t>::max();
inline constexpr uint64_t kMostSequence = std::numeric_limits<uint64_t>::max();
inline constexpr uint64_t kLastTimeMs = 253'402'300'799'999;  ///< of the year 9999; a later time is no time
inline constexpr StreamId kFirstId{0, 0};                     ///< XRANGE's "-"
inline constexpr StreamId kLastId{kMostMs, kMostSequence};    ///< XRANGE's "+"

/// Both ends belong to it.
struct IdRange {
  StreamId from = kFirstId;
  StreamId to = kLastId;
  bool operator==(const IdRange&) const = default;
};

std::string to_text(const StreamId& id);

/// Digits only, and no more than 64 bits; nullopt for anything else.
std::optional<uint64_t> parse_digits(std::string_view text);

/// "ms-sequence", the form in which Redis itself writes an ID; nullopt for anything else.
std::optional<StreamId> parse_stream_id(std::string_view text);

/// The least ID above `id`; nullopt when there is none.
std::optional<StreamId> next_id(const StreamId& id);

/// The greatest ID below `id`; nullopt when there is none.
std::optional<StreamId> previous_id(const StreamId& id);

}  // namespace kilometric
