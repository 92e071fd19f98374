// What became of a line: accepted, or the one reason why not. Every line that was received has
// exactly one outcome, so received = accepted + the sum of the reasons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kilometric {

enum class Outcome : uint8_t {
  accepted,
  bad_key,
  bad_value,
  bad_rate,
  bad_type,
  unsupported,  ///< a known type that is not counted; today there is none
  truncated,    ///< the datagram was too long and its last line is torn; or the line or message of a stream was
  refused,      ///< a new key, and no room for it
  bad_tags,     ///< tags within a name that do not end
  too_many_tags,  ///< for one key
  key_too_long,   ///< with its tags
  bad_event,
  bad_check,  ///< a service check
  event_too_long,
  too_many_events,  ///< in an interval, or for the room there is
  torn,             ///< its stream ended within it, or its worker did
};

inline constexpr size_t kOutcomes = 16;

/// The name in metrics and logs, and the words for a caller who wants to mend the line.
struct OutcomeText {
  std::string_view name;
  std::string_view advice;
};

inline constexpr std::array<OutcomeText, kOutcomes> kOutcomeTexts{{
    {"accepted", "accepted"},
    {"bad_key", "the key must be 1 to 255 bytes of UTF-8 without control characters"},
    {"bad_value",
     "the value, and the sum of several, must be a decimal number of at most 2^53, as in key:1|c; "
     "that of a set 1 to 1,023 bytes"},
    {"bad_rate", "the sample rate must be above 0 and at most 1, as in key:1|c|@0.1"},
    {"bad_type", "the type, c, m, g, ms, h, d or s, must follow the value, as in key:1|c"},
    {"unsupported", "this type is not counted"},
    {"truncated",
     "the datagram or message is longer than 65,536 bytes, or the line of a stream longer than 8,192"},
    {"refused", "there is no room for a new key; see KILOMETRIC_MAX_KEYS"},
    {"bad_tags", "tags in a name must end, as in key[tag=value]:1|c"},
    {"too_many_tags", "a key may have 32 tags; see KILOMETRIC_TAGS"},
    {"key_too_long", "a key with its tags may have 1,023 bytes; see KILOMETRIC_TAGS"},
    {"bad_event",
     "an event must be _e{5,4}:title|text, with the true lengths of both in bytes, a title, and UTF-8 without "
     "control characters"},
    {"bad_check",
     "a service check must be _sc|name|status, with a status from 0 to 3, and UTF-8 without control "
     "characters"},
    {"event_too_long", "an event or a service check may have 8,192 bytes"},
    {"too_many_events", "a worker takes 256 events and service checks an interval; send less of them"},
    {"torn", "the connection ended within this line; what was received of it is not counted"},
}};

inline const OutcomeText& text_of(Outcome outcome) { return kOutcomeTexts[static_cast<size_t>(outcome)]; }

}  // namespace kilometric
