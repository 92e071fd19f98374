// The lines of a file or of stdin, one after another, in bounded memory.
#pragma once

#include <string>

#include "tool/local/input_file.h"

namespace kilometric::tool {

class LineInput {
 public:
  /// `-`: stdin. Throws Failure when it cannot be opened.
  explicit LineInput(const std::string& path);

  /// Without its line end. Of one that is longer than `most` it gives one byte more than that, and skips the
  /// rest. False at the end.
  bool read(std::string& line, size_t most);

 private:
  InputFile file_;
  std::string path_;
};

}  // namespace kilometric::tool
