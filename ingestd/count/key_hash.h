// The hash of keys. Keys come from strangers, so each worker's hash has a secret, drawn at random: nobody can
// choose keys that meet in one place of a table. A whole secret rather than a seed, which XXH3 would first
// have to mix into its own secret, for each key.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "ingestd/system/identity.h"

namespace kilometric {

class KeyHash {
 public:
  using Secret = std::array<Identity, 12>;
  static_assert(sizeof(Secret) >= XXH3_SECRET_SIZE_MIN);

  explicit KeyHash(const Secret& secret) : secret_(secret) {}

  uint64_t operator()(std::string_view key) const noexcept {
    return XXH3_64bits_withSecret(key.data(), key.size(), secret_.data(), sizeof secret_);
  }

  /// Of a name and the tags behind its line: 64 bits of each.
  XXH128_hash_t operator()(std::string_view name, std::string_view section) const noexcept {
    constexpr uint64_t kOther = 0x9E37'79B9'7F4A'7C15;
    const uint64_t of_section = (*this)(section);
    return {(*this)(name) ^ of_section * kOther, of_section};
  }

 private:
  Secret secret_;
};

}  // namespace kilometric
