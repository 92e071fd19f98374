// StatsD lines to send: fixed-width, so that all packets of a run have one length, and in an order
// that no cache can guess, the same in every run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

inline constexpr size_t kKeyBytes = 25;  ///< a name of usual length
inline constexpr size_t kMostTags = 3;

/// What a line is like. Timers and gauges have three digits, lognormal over three decades; a set has 10,000
/// members.
struct LineStyle {
  std::string type = "c";  ///< c, ms, g or s
  size_t key_bytes = kKeyBytes;
  size_t tags = 0;  ///< behind each line, the same for each line of a key
};

/// Packets of `lines` lines each, LF between them, over `keys` keys of at least kKeyBytes, each as often as any
/// other (give or take one packet). At least `least` packets, and enough to hold every key.
std::vector<std::string> make_packets(size_t keys, size_t lines, size_t least, const LineStyle& style = {});

}  // namespace bench
