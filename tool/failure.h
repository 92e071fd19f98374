// Why a command ends without having done what was asked: one line on stderr, and an exit status.
//
// Thrown by whatever finds it; main() catches it. Its words say what to fix. What strangers wrote stands in
// them only as printable() has it (tool/show/text.h).
#pragma once

#include <sysexits.h>

#include <stdexcept>
#include <string>

namespace kilometric::tool {

inline constexpr int kNothing = 1;                   ///< nothing found, or what was found is bad
inline constexpr int kUsage = 2;                     ///< the command line cannot be understood
inline constexpr int kUnreachable = EX_UNAVAILABLE;  ///< who is asked does not answer

class Failure : public std::runtime_error {
 public:
  Failure(int status, const std::string& words) : std::runtime_error(words), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

}  // namespace kilometric::tool
