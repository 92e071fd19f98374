#include "common/metric/member_token.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace kilometric {

MemberToken token_of_hash(uint64_t hash) noexcept {
  const auto zeros = static_cast<unsigned>(std::countl_zero(hash << kTokenPlaceBits));
  const unsigned rank = std::min(zeros + 1, kMostTokenRank);
  return static_cast<MemberToken>(hash >> (64 - kTokenPlaceBits)) << kTokenRankBits | rank;
}

uint64_t member_hash(std::string_view member) noexcept { return XXH3_64bits(member.data(), member.size()); }

}  // namespace kilometric
