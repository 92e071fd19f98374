// What is kept of a set's member: 32 bits of its hash. Two members of a set of 256 have one token in one of
// 6,000 sets, and then count as one.
//
//   hash    XXH3-64 of the member's bytes with the seed 0: the same on every host, in every version
//   token   the hash's first 26 bits, then how many zeros the other 38 begin with, plus one, in six bits
//
// So tokens know of every member's place and rank in registers (common/metric/hyperloglog.h), and none is 0.
#pragma once

#include <cstdint>
#include <string_view>

namespace kilometric {

using MemberToken = uint32_t;

inline constexpr unsigned kTokenRankBits = 6;
inline constexpr unsigned kTokenPlaceBits = 32 - kTokenRankBits;
inline constexpr unsigned kMostTokenRank = 64 - kTokenPlaceBits + 1;

uint64_t member_hash(std::string_view member) noexcept;
MemberToken token_of_hash(uint64_t hash) noexcept;
inline MemberToken token_of(std::string_view member) noexcept { return token_of_hash(member_hash(member)); }

}  // namespace kilometric
