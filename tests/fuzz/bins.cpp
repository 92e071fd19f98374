// The bins of timers: whatever bytes an entry or a batch holds, they are refused, or are bins that can be
// written and read again. The rest of an entry's fields are other targets' work.
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/metric/bins_code.h"

using namespace kilometric;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::optional<Bins> bins = decode_bins({reinterpret_cast<const char*>(data), size});
  if (!bins) return 0;
  int before = -kLastBin - 1;
  for (const Bins::Bin& bin : *bins) {
    assert(bin.number > before && bin.number <= kLastBin && bin.parts > 0);
    before = bin.number;
  }
  const std::string again = encode(*bins);
  assert(again.size() <= kMostBinsBytes && decode_bins(again) == bins);
  Bins twice = *bins;
  twice.merge(*bins);
  assert(twice.size() == bins->size());
  for (const double quantile : {0.0, 0.5, 0.999, 1.0})
    assert(bins->empty() ||
           (bins->bin_at(quantile) >= bins->front().number && bins->bin_at(quantile) <= bins->back().number));
  return 0;
}
