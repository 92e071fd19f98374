// `kilometric tail --lines`: the lines that come to a port, each with what becomes of it and who sent it.
#pragma once

#include <cstddef>
#include <string>

namespace kilometric::tool {

struct TailLinesOptions {
  std::string pattern;  ///< of keys; of a bad line, of what stands before its colon. Empty: all
  std::string port;     ///< empty: that of this shell's settings
  size_t count = 0;     ///< of lines, then it ends; 0: Ctrl-C does
  bool json = false;
};

/// Returns the exit status.
int run_tail_lines(const TailLinesOptions& options);

}  // namespace kilometric::tool
