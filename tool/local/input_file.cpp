#include "tool/local/input_file.h"

#include <cerrno>
#include <system_error>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {

InputFile open_input(const std::string& path) {
  InputFile file(path == "-" ? stdin : std::fopen(path.c_str(), "re"));
  if (!file) throw Failure(kUsage, printable(path) + ": " + std::generic_category().message(errno));
  return file;
}

}  // namespace kilometric::tool
