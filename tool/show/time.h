// Moments and spans for people; local time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kilometric::tool {

int64_t now_ms();

/// A moment that needs no reader to be understood: ms or s since the epoch, now, -15min, now-1h30m. nullopt for
/// others that the reader may know.
std::optional<int64_t> moment_ms(std::string_view text, int64_t now);

/// "30d", "90s", "1h30m" in ms; nullopt when it is none.
std::optional<int64_t> span_ms(std::string_view text);

/// As short as `span` allows: "17:05:44", "17:05", "10-21 17:05", "2020-10-21".
std::string time_text(int64_t ms, int64_t span);

/// "2020-10-21 17:05:44", and ".893" where there is such a part.
std::string full_time(int64_t ms);

/// "30 s", "5 min", "2 h", "3 d"
std::string span_text(int64_t ms);

}  // namespace kilometric::tool
