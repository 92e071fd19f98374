// A random name that no two things share: segments have one, boots have one, and secrets are made of them.
//
// Called where such a thing is born. Without random numbers there is no name, and what needed it is not made.
#pragma once

#include <array>
#include <cstdint>

namespace kilometric {

using Identity = std::array<uint64_t, 2>;

/// Drawn from the kernel's random numbers. Throws std::runtime_error when it gives none.
Identity random_identity();

}  // namespace kilometric
