// Where a server is: http://host[:port][/path]. What it is given is a person's, from the command line.
#pragma once

#include <string>
#include <string_view>

namespace kilometric::tool {

struct Url {
  std::string host;  ///< a name or an address; of IPv6 without brackets
  std::string port;
  std::string path;  ///< put before each target; empty, or begins with a slash and does not end with one

  /// Throws Failure with what is wrong. `option`: who is named then, "--reader".
  static Url parse(std::string_view text, std::string_view option);

  std::string authority() const;  ///< "[::1]:3001"
  std::string text() const { return "http://" + authority() + path; }
};

}  // namespace kilometric::tool
