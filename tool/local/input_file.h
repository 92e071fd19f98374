// A file to read, or stdin.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace kilometric::tool {

struct CloseInput {
  void operator()(FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using InputFile = std::unique_ptr<FILE, CloseInput>;

/// `-`: stdin. Throws Failure when it cannot be opened.
InputFile open_input(const std::string& path);

}  // namespace kilometric::tool
