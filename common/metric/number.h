// A number that a reader is told: exact where what it was made of is exact.
#pragma once

#include <string>
#include <variant>

#include "common/metric/amount.h"
#include "common/metric/fixed.h"

namespace kilometric {

/// A double is finite.
using Number = std::variant<Amount, Fixed, double>;

/// Decimal, as JSON has numbers; of a double the fewest digits that give it back.
std::string to_text(const Number& number);

}  // namespace kilometric
