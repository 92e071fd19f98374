// StatsD lines to send: fixed-width, so that all packets of a run have one length, and in an order
// that no cache can guess, the same in every run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

inline constexpr size_t kKeyBytes = 25;  ///< a name of usual length

/// Packets of `lines` lines each, LF between them, over `keys` keys of `key_bytes` bytes (at least
/// kKeyBytes), each as often as any other (give or take one packet). At least `least` packets, and
/// enough to hold every key.
std::vector<std::string> make_packets(size_t keys, size_t lines, size_t least, size_t key_bytes = kKeyBytes);

}  // namespace bench
