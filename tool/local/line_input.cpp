#include "tool/local/line_input.h"

#include <cerrno>
#include <system_error>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {

LineInput::LineInput(const std::string& path) : file_(open_input(path)), path_(path) {}

bool LineInput::read(std::string& line, size_t most) {
  line.clear();
  int c = 0;
  while ((c = getc_unlocked(file_.get())) != EOF && c != '\n')
    if (line.size() <= most) line += static_cast<char>(c);
  if (std::ferror(file_.get()) != 0)
    throw Failure(kUsage, printable(path_) + ": " + std::generic_category().message(errno));
  if (line.ends_with('\r')) line.pop_back();
  return c != EOF || !line.empty();
}

}  // namespace kilometric::tool
