// StatsD lines to send: fixed-width, so that all packets of a run have one length, and in an order
// that no cache can guess, the same in every run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// Packets of `lines` lines each, LF between them, over `keys` keys of one length, each as often as
/// any other (give or take one packet). At least `least` packets, and enough to hold every key.
std::vector<std::string> make_packets(size_t keys, size_t lines, size_t least);

}  // namespace bench
