#include "tool/show/ask.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "tool/failure.h"

namespace kilometric::tool {

bool agrees(std::string_view question) {
  if (isatty(STDIN_FILENO) != 1) throw Failure(kUsage, "nobody can be asked; --yes goes on without");
  fmt::print(stderr, "kilometric: {} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace kilometric::tool
