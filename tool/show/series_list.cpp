#include "tool/show/series_list.h"

#include <algorithm>

#include "tool/reader/grid.h"
#include "tool/show/plot.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kCellColumns = 10;  ///< with the blank before it

}  // namespace

size_t spark_columns(const Terminal& terminal, size_t cells) {
  const size_t numbers = std::min(cells * kCellColumns, terminal.columns / 2);
  return std::clamp<size_t>((terminal.columns - numbers) / 2 - 2, 6, 60);
}

std::string draw_list(const Terminal& terminal, const std::vector<ListRow>& rows, std::string_view span,
                      const std::vector<std::string>& heads) {
  const size_t spark = spark_columns(terminal, heads.size());
  const size_t shown = std::min(heads.size(), terminal.columns / 2 / kCellColumns);
  const size_t room = terminal.columns - spark - shown * kCellColumns - 2;
  size_t widest = 6;
  for (const ListRow& row : rows) widest = std::max(widest, columns_of(printable(row.name)));
  const size_t name = std::min(widest, room);
  std::string text = padded("metric", name) + "  " + padded(cut_behind(span, spark), spark);
  for (size_t i = 0; i < shown; ++i) text += padded_left(heads[i], kCellColumns);
  text = terminal.faint(text) + "\n";
  for (const ListRow& row : rows) {
    text += padded(cut_to(printable(row.name), name), name) + "  ";
    text += terminal.data(padded(sparkline(squeezed(row.values, spark)), spark));
    for (size_t i = 0; i < shown; ++i) text += padded_left(row.cells[i], kCellColumns);
    text += '\n';
  }
  return text;
}

}  // namespace kilometric::tool
