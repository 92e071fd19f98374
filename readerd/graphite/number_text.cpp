#include "readerd/graphite/number_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace kilometric::graphite {

std::string short_number(double number) { return fmt::format("{:g}", number); }

std::string float_text(double number) {
  if (!std::isfinite(number)) return fmt::format("{}", number);
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

double rounded(double number, int digits) {
  // Above this no double has digits to round at six places.
  if (!std::isfinite(number) || std::abs(number) > 1e10) return number;
  return std::strtod(fmt::format("{:.{}f}", number, digits).c_str(), nullptr);
}

}  // namespace kilometric::graphite
