// Dies in a test as a killed process does, at a numbered place (ingestd/system/crash_point.h): nothing after it
// happens, and what was stored in mapped files stays.
#pragma once

#include <functional>

namespace kilometric {

/// Runs `work` in a child process that ends at the crash point with this number, counted from 1. False
/// when there are not so many: then all of it was done.
bool crashes_at(unsigned long number, const std::function<void()>& work);

/// Runs `work`, and `act` at each crash point that it passes: what others may do in between.
void act_at_crash_points(const std::function<void()>& act, const std::function<void()>& work);

}  // namespace kilometric
