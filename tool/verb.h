// A verb of the command: its words, its options, and what it does. From these tables come the parsing of the
// command line and --help (tool/command_line.h).
//
// Each verb is a function in tool/verbs/ that makes one; tool/verbs/all.h has them in the order of --help.
// run() returns the exit status; what keeps it from doing what was asked it throws as a Failure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace kilometric::tool {

/// What every verb has.
struct Common {
  std::string reader;    ///< the URL of kilometric-readerd
  bool json = false;     ///< data as JSON
  bool verbose = false;  ///< tell on stderr how curl would ask
};

struct Option {
  const char* name;   ///< "--from"
  const char* takes;  ///< "TIME"; empty: it is a flag
  const char* help;
  std::variant<bool*, std::string*, std::vector<std::string>*> into;  ///< lives as long as the verb
};

struct Verb {
  const char* name;
  const char* arguments;  ///< "KEY..."
  const char* about;      ///< a line
  const char* more;       ///< examples, and what else is to be known; lines that end
  std::vector<Option> options{};
  std::vector<std::string>* positional = nullptr;
  size_t least_arguments = 0;
  size_t most_arguments = 0;
  std::function<int(const Common&)> run{};
};

}  // namespace kilometric::tool
