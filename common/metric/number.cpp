#include "common/metric/number.h"

#include <fmt/compile.h>

#include <charconv>
#include <cmath>
#include <type_traits>

namespace kilometric {

std::string to_text(const Number& number) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, double>)
          return fmt::format(FMT_COMPILE("{}"), held == 0 ? 0.0 : held);  // no minus zero
        else
          return to_text(held);
      },
      number);
}

std::optional<double> parse_double(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || at != end || !std::isfinite(number)) return std::nullopt;
  return number + 0.0;  // no minus zero
}

}  // namespace kilometric
