// A number that a reader is told: exact where what it was made of is exact.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/metric/amount.h"
#include "common/metric/fixed.h"

namespace kilometric {

/// A double is finite.
using Number = std::variant<Amount, Fixed, double>;

/// Decimal, as JSON has numbers; of a double the fewest digits that give it back.
std::string to_text(const Number& number);

/// Reads what to_text writes of a double. nullopt for anything else, and for what is infinite or no number.
std::optional<double> parse_double(std::string_view text);

}  // namespace kilometric
