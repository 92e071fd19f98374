#include "tool/show/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace kilometric::tool {
namespace {

constexpr size_t kLeastColumns = 20, kMostColumns = 500;

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal Terminal::of_stdout() {
  Terminal terminal;
  terminal.is_one = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (terminal.is_one && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = std::clamp<size_t>(size.ws_col, kLeastColumns, kMostColumns);
    terminal.rows = std::max<size_t>(size.ws_row, 8);
  }
  const char* kind = std::getenv("TERM");
  terminal.colours =
      terminal.is_one && !is_set("NO_COLOR") && kind != nullptr && std::string_view(kind) != "dumb";
  return terminal;
}

std::string Terminal::in(std::string_view code, std::string_view text) const {
  if (!colours || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace kilometric::tool
