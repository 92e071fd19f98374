#include "tool/show/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>

namespace kilometric::tool {
namespace {

constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/// The next number at or above that is round, and whose half is.
double round_up(double number) {
  const double power = std::pow(10, std::floor(std::log10(number)));
  for (const double step : {1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (number <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

std::vector<double> without_gaps(const std::vector<double>& values) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), [](double value) { return std::isfinite(value); });
  return kept;
}

/// Dots of a picture, and the characters that they make: Unicode has 256 of them, a bit a dot.
class Dots {
 public:
  Dots(size_t columns, size_t rows) : columns_(columns), cells_(columns * rows) {}

  void set(size_t x, size_t y) {
    static constexpr unsigned kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[y / 4 * columns_ + x / 2] |= static_cast<unsigned char>(kBits[y % 4][x % 2]);
  }

  std::string line(size_t row) const {
    std::string text;
    for (size_t column = 0; column < columns_; ++column) {
      const unsigned dots = cells_[row * columns_ + column];
      if (dots == 0) {
        text += ' ';
        continue;
      }
      text += '\xE2';  // U+2800 and the bits, in UTF-8
      text += static_cast<char>(0xA0U | dots >> 6);
      text += static_cast<char>(0x80U | (dots & 0x3FU));
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

 private:
  size_t columns_;
  std::vector<unsigned char> cells_;
};

}  // namespace

std::string sparkline(const std::vector<double>& values) {
  const Scale scale = Scale::of(values, true);
  std::string text;
  for (const double value : values) {
    text += std::isfinite(value) ? kBlocks[static_cast<size_t>(std::min(scale.part_of(value) * 8, 7.0))] : " ";
  }
  return text;
}

Scale Scale::of(const std::vector<double>& values, bool from_zero) {
  const std::vector<double> kept = without_gaps(values);
  if (kept.empty()) return {};
  const auto [least, most] = std::ranges::minmax(kept);
  Scale scale{least < 0 ? -round_up(-least) : 0, most > 0 ? round_up(most) : 0};
  if (!from_zero && least > 0 && most - least < most / 4) {
    const double step = round_up(std::max((most - least) / 4, most * 1e-6));
    scale = {std::floor(least / step) * step, std::floor(most / step + 1) * step};
  }
  return scale.is_sound() ? scale : Scale{};
}

/// Of numbers near the ends of what a double holds there is none.
bool Scale::is_sound() const {
  return std::isfinite(low) && std::isfinite(high) && high > low && std::isfinite(high - low);
}

/// 0 for the low end and 1 for the high one, and for what is beyond.
double Scale::part_of(double value) const {
  const double part = (value - low) / (high - low);
  return std::isfinite(part) ? std::clamp(part, 0.0, 1.0) : 0;
}

std::vector<std::string> braille(const std::vector<double>& values, const Scale& scale, size_t columns,
                                 size_t rows, PlotStyle style) {
  Dots dots(columns, rows);
  const size_t width = columns * 2, height = rows * 4;
  const auto row_of = [&](double value) {
    return static_cast<size_t>(std::lround((1 - scale.part_of(value)) * static_cast<double>(height - 1)));
  };
  std::optional<size_t> before;
  for (size_t x = 0; x < width && !values.empty(); ++x) {
    const double value = values[x * values.size() / width];
    if (!std::isfinite(value)) {
      before.reset();
      continue;
    }
    const size_t y = row_of(value);
    const size_t other = style.filled ? row_of(0) : before.value_or(y);
    for (size_t at = std::min(y, other); at <= std::max(y, other); ++at) dots.set(x, at);
    before = y;
  }
  std::vector<std::string> lines;
  for (size_t row = 0; row < rows; ++row) lines.push_back(dots.line(row));
  return lines;
}

}  // namespace kilometric::tool
