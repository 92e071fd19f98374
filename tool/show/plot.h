// Pictures of numbers, in one line or in braille: four rows and two columns of dots a character. A gap is NaN.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kilometric::tool {

/// One line, a character a value, from zero (or from the least, of values that are far from zero) to the
/// greatest.
std::string sparkline(const std::vector<double>& values);

/// What a plot's axis shows. Its ends are round numbers.
struct Scale {
  double low = 0, high = 1;

  /// Of all values that are no gaps. It begins at zero, unless `from_zero` is false and they are far from it.
  static Scale of(const std::vector<double>& values, bool from_zero);

  bool is_sound() const;
  double part_of(double value) const;
};

struct PlotStyle {
  bool filled = false;  ///< down to zero, as of what is counted; else a line
};

/// `rows` lines of up to `columns` characters, from the top. Values are drawn over the whole width.
std::vector<std::string> braille(const std::vector<double>& values, const Scale& scale, size_t columns,
                                 size_t rows, PlotStyle style);

}  // namespace kilometric::tool
