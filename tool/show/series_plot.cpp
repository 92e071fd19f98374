#include "tool/show/series_plot.h"

#include <fmt/format.h>

#include <algorithm>

#include "tool/show/number.h"
#include "tool/show/time.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kLabelColumns = 6;
constexpr size_t kMostRows = 9, kLeastRows = 5;  // odd, so that one is the middle
constexpr size_t kRowsAround = 6;                ///< title, axis, times, totals, prompt

/// Of a row that has a number beside it; empty for others.
std::string label_of(size_t row, size_t rows, const Scale& scale) {
  if (row != 0 && row != rows - 1 && row != rows / 2) return {};
  const double part = 1 - static_cast<double>(row) / static_cast<double>(rows - 1);
  return brief(scale.low + (scale.high - scale.low) * part);
}

/// Times below the axis, as many as find room, each at where it is.
std::string time_line(const Grid& grid, size_t columns) {
  const int64_t begin = grid.begin(), span = static_cast<int64_t>(grid.periods()) * grid.period;
  std::string line;
  const size_t each = time_text(begin, span).size() + 6;
  const size_t count = std::max<size_t>(columns / each, 1);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = i * columns / count;
    const int64_t ms = begin + span * static_cast<int64_t>(at) / static_cast<int64_t>(columns);
    line = padded(line, at) + time_text(ms, span);
  }
  return line;
}

std::string axis_line(size_t columns, const Grid& grid) {
  const int64_t span = static_cast<int64_t>(grid.periods()) * grid.period;
  const size_t count = std::max<size_t>(columns / (time_text(grid.begin(), span).size() + 6), 1);
  std::string line;
  for (size_t column = 0; column < columns; ++column) {
    bool tick = false;
    for (size_t i = 0; i < count; ++i) tick = tick || i * columns / count == column;
    line += tick ? "┬" : "─";
  }
  return line;
}

}  // namespace

size_t plot_columns(const Terminal& terminal) { return terminal.columns - kLabelColumns - 2; }

std::string draw_plot(const Terminal& terminal, const Grid& grid, const std::vector<double>& values,
                      const Scale& scale, PlotStyle style) {
  const size_t columns = plot_columns(terminal);
  const size_t rows =
      std::clamp(terminal.rows - std::min(terminal.rows, kRowsAround), kLeastRows, kMostRows) | 1;
  const auto lines = braille(squeezed(values, columns * 2), scale, columns, rows, style);
  std::string text;
  for (size_t row = 0; row < rows; ++row) {
    const std::string label = label_of(row, rows, scale);
    text += terminal.faint(padded_left(label, kLabelColumns) + (label.empty() ? " │" : " ┤"));
    text += terminal.data(lines[row]) + "\n";
  }
  text += terminal.faint(std::string(kLabelColumns, ' ') + " └" + axis_line(columns, grid)) + "\n";
  return text + terminal.faint(std::string(kLabelColumns + 2, ' ') + time_line(grid, columns)) + "\n";
}

}  // namespace kilometric::tool
