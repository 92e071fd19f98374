// What an amount is per second.
//
// Shape calls it for each value when a query asks for a rate. It has no errors.
#pragma once

#include <cstdint>

#include "common/metric/amount.h"

namespace kilometric {

/// `amount`, which took `ms` to come together, per second and rounded to millionths. Requires ms > 0.
Amount per_second(const Amount& amount, uint64_t ms);

}  // namespace kilometric
