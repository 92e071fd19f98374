#include "readerd/functions/rate.h"

namespace kilometric {
namespace {

__extension__ using Wide = __int128;  // 2^63 and its millionths, times a thousand

}  // namespace

Amount per_second(const Amount& amount, uint64_t ms) {
  const Wide millionths = Wide{amount.whole} * kMillion + amount.millionths;
  const Wide scaled = millionths * 1000, half = (scaled < 0 ? -1 : 1) * static_cast<Wide>(ms / 2);
  const Wide rate = (scaled + half) / static_cast<Wide>(ms);
  return {static_cast<int64_t>(rate / kMillion), static_cast<int64_t>(rate % kMillion)};
}

}  // namespace kilometric
