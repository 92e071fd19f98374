#include "ingestd/flusher/metronome.h"

#include <algorithm>
#include <cstdlib>

namespace kilometric {
namespace {

constexpr uint64_t kWhole = 1'000'000;
constexpr int64_t kTolerableMs = 5;  ///< what two readings of Redis' time may differ by on an idle machine

}  // namespace

Metronome::Metronome(FlusherStatus& status, int64_t interval_ms)
    : status_(status), grid_{status.grid_ms.load(std::memory_order_relaxed), interval_ms} {}

void Metronome::follow(const RedisClock& clock) {
  const int64_t interval = grid_.interval_ms;
  const int64_t shift = static_cast<int64_t>(shift_.value_or(0)) * interval / static_cast<int64_t>(kWhole);
  const int64_t now = clock.now();
  const int64_t past = ((now - shift) % interval + interval) % interval;
  const int64_t end = now - past - clock.at(0);  // the last end, by boot_ms()
  const int64_t off = ((end - grid_.anchor_ms) % interval + interval) % interval;
  if (std::min(off, interval - off) <= kTolerableMs) return;
  grid_.anchor_ms = end;
  status_.grid_ms.store(end, std::memory_order_relaxed);
}

uint64_t middle_of_widest_gap(std::vector<uint64_t> shifts, uint64_t lonely) {
  if (shifts.empty()) return lonely % kWhole;
  for (uint64_t& shift : shifts) shift %= kWhole;
  std::ranges::sort(shifts);
  uint64_t begin = shifts.back(), widest = shifts.front() + kWhole - shifts.back();
  for (size_t i = 0; i + 1 < shifts.size(); ++i) {
    const uint64_t gap = shifts[i + 1] - shifts[i];
    if (gap > widest) begin = shifts[i], widest = gap;
  }
  return (begin + widest / 2) % kWhole;
}

}  // namespace kilometric
