// Where the data goes: how wide it is, and whether it knows colours.
//
// Asked anew for each picture, as terminals change their size.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kilometric::tool {

struct Terminal {
  size_t columns = 80;
  size_t rows = 24;
  bool is_one = false;   ///< stdout is a terminal, and not a file or a pipe
  bool colours = false;  ///< and NO_COLOR is not set

  static Terminal of_stdout();

  std::string bold(std::string_view text) const { return in("1", text); }
  std::string faint(std::string_view text) const { return in("2", text); }
  std::string data(std::string_view text) const { return in("36", text); }  ///< what is plotted
  std::string good(std::string_view text) const { return in("32", text); }
  std::string bad(std::string_view text) const { return in("31", text); }
  std::string odd(std::string_view text) const { return in("33", text); }

 private:
  std::string in(std::string_view code, std::string_view text) const;
};

/// Prints to stdout.
void put(std::string_view text);

}  // namespace kilometric::tool
