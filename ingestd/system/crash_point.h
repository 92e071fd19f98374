// A place at which a test build may die, to prove that the delivery rule holds there too. In every
// other build it is nothing. tests/faults/crash_point.cpp says how the place is chosen.
#pragma once

namespace kilometric {

#ifdef KILOMETRIC_CRASH_POINTS
void crash_point() noexcept;
#else
inline void crash_point() noexcept {}
#endif

}  // namespace kilometric
