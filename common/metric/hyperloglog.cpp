#include "common/metric/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace kilometric {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The estimator is Ertl's (arXiv:1702.01284, the improved raw estimator). The classic one goes by the harmonic
// mean of 2^rank over all registers, and is wrong where many registers are empty, or full. Ertl takes ranks for
// what they are, cut off at both ends, and gives registers of the lowest and of the greatest rank the weight
// that they would have on average if ranks went on below 0 and above the greatest: sigma and tau are the sums
// of these series. So one formula holds from one member on, with neither corrections nor tables.

/// x + x^2 + 2 x^4 + 4 x^8 + 8 x^16 + ..., for the share of registers that are empty.
double sigma(double x) {
  if (x == 1) return kInfinite;
  double sum = x, factor = 1, before = 0;
  while (sum != before) {
    before = sum;
    x *= x;
    sum += x * factor;
    factor *= 2;
  }
  return sum;
}

/// (1 - x - (1 - x^(1/2))^2 / 2 - (1 - x^(1/4))^2 / 4 - ...) / 3, for 1 less the share of registers that are
/// full.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x, factor = 1, before = 0;
  while (sum != before) {
    before = sum;
    x = std::sqrt(x);
    factor /= 2;
    sum -= (1 - x) * (1 - x) * factor;
  }
  return sum / 3;
}

}  // namespace

uint8_t HyperLogLog::rank_of(MemberToken token) noexcept {
  constexpr unsigned kBits = kTokenPlaceBits - kPlaceBits;  // of the token's place, beyond the register's
  const uint32_t rest = token << kPlaceBits >> (32 - kBits) << (32 - kBits);
  const uint32_t beyond = token & ((1U << kTokenRankBits) - 1);
  return static_cast<uint8_t>(rest != 0 ? static_cast<uint32_t>(std::countl_zero(rest)) + 1 : kBits + beyond);
}

void HyperLogLog::merge(const HyperLogLog& other) {
  if (other.empty()) return;
  ranks_.resize(kRegisters);
  for (size_t i = 0; i < kRegisters; ++i) ranks_[i] = std::max(ranks_[i], other.ranks_[i]);
}

std::vector<uint32_t> HyperLogLog::ranks() const {
  std::vector<uint32_t> ranks(kMostRank + 1);
  for (size_t i = 0; i < kRegisters; ++i) ++ranks[at(i)];
  return ranks;
}

/// Each sum is halved once for every rank above it, so that a register of rank r weighs 2^-r.
double HyperLogLog::estimate() const {
  constexpr double kCount = kRegisters;
  constexpr double kBias = 0.72134752044448170368;  // 1 / (2 ln 2)
  const std::vector<uint32_t> ranks = this->ranks();
  double sum = kCount * tau(1 - ranks[kMostRank] / kCount);
  for (unsigned rank = kMostRank - 1; rank >= 1; --rank) sum = (sum + ranks[rank]) / 2;
  sum += kCount * sigma(ranks[0] / kCount);
  return kBias * kCount * kCount / sum;
}

}  // namespace kilometric
