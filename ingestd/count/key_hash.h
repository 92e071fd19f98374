// The hash of keys. Keys come from strangers, so each process draws a secret at its start: nobody can
// choose keys that meet in one place of the table. A whole secret rather than a seed, which XXH3 would
// first have to mix into its own secret, for each key.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "ingestd/count/segment.h"

namespace kilometric {

class KeyHash {
 public:
  KeyHash() {
    for (Identity& part : secret_) part = random_identity();
  }

  uint64_t operator()(std::string_view key) const noexcept {
    return XXH3_64bits_withSecret(key.data(), key.size(), secret_.data(), sizeof secret_);
  }

 private:
  std::array<Identity, 12> secret_;
  static_assert(sizeof secret_ >= XXH3_SECRET_SIZE_MIN);
};

}  // namespace kilometric
