#include "common/metric/number.h"

#include <fmt/format.h>

#include <type_traits>

namespace kilometric {

std::string to_text(const Number& number) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, double>)
          return fmt::format("{}", held == 0 ? 0.0 : held);  // no minus zero
        else
          return to_text(held);
      },
      number);
}

}  // namespace kilometric
