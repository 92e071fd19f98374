// A trouble that lasts, and is told once: the log speaks when it begins, when its words change, and, where
// that is worth a line, when it is over.
//
//   if (disk_.is_news(error.what())) log_error("the disk refuses: {}", error.what());
//   ...
//   if (disk_.is_over()) log_info("the disk takes what is written again");
//
// Owned by whoever tries again and again and would say the same each time.
#pragma once

#include <string>
#include <string_view>

#include "common/log.h"

namespace kilometric {

class Trouble {
 public:
  /// The trouble is there, in these words, which are not empty. True when they are not what was told last.
  bool is_news(std::string_view words) {
    if (words == told_) return false;
    told_ = words;
    return true;
  }

  /// There is no trouble. True when there was some until now.
  bool is_over() {
    const bool was_told = !told_.empty();
    told_.clear();
    return was_told;
  }

 private:
  std::string told_;
};

}  // namespace kilometric
