// 4,096 registers that know about how many different members there were: HyperLogLog. The first 12 bits of a
// member's hash choose its register, which holds the greatest rank of its members. A rank is how many zeros the
// rest of the hash begins with, plus one: one member in two has a rank of 1, one in four 2, one in a
// million 20.
//
// The estimate is off by 1.62 % (standard deviation), less where there are few members. Adding a member twice
// changes nothing, and the registers of a union are the greater ones of both: so whatever is united, in any
// order and as often as one likes, says the same.
//
// While all are 0 they take no memory. Owned by a set (common/metric/set.h), which uses them when it has become
// too large for its members' tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/metric/member_token.h"

namespace kilometric {

class HyperLogLog {
 public:
  static constexpr unsigned kPlaceBits = 12;
  static constexpr size_t kRegisters = size_t{1} << kPlaceBits;
  static constexpr unsigned kMostRank = 64 - kPlaceBits + 1;

  static constexpr size_t register_of(MemberToken token) noexcept { return token >> (32 - kPlaceBits); }
  static uint8_t rank_of(MemberToken token) noexcept;

  void add(MemberToken token) { raise(register_of(token), rank_of(token)); }
  /// Requires rank <= kMostRank.
  void raise(size_t place, uint8_t rank) {
    if (rank > 0 && empty()) ranks_.resize(kRegisters);
    if (rank > at(place)) ranks_[place] = rank;
  }
  void merge(const HyperLogLog& other);

  /// All are 0.
  bool empty() const noexcept { return ranks_.empty(); }
  uint8_t at(size_t place) const noexcept { return empty() ? 0 : ranks_[place]; }
  /// How many registers hold each rank, from 0 to kMostRank.
  std::vector<uint32_t> ranks() const;

  double estimate() const;

  bool operator==(const HyperLogLog&) const = default;

 private:
  std::vector<uint8_t> ranks_;  ///< of each register, or none
};

}  // namespace kilometric
