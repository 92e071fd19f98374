// The option --count of verbs that go on until Ctrl-C.
#pragma once

#include <cstddef>
#include <string>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {

/// 0: without an end. Throws Failure.
inline size_t count_of(const std::string& text) {
  if (text.empty()) return 0;
  if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos || std::stoul(text) == 0)
    throw Failure(kUsage, "--count " + printable(text) + ": it is a number from 1 on");
  return std::stoul(text);
}

}  // namespace kilometric::tool
