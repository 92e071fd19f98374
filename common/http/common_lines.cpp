#include "common/http/common_lines.h"

namespace kilometric {

/// `Date: Sun, 06 Nov 1994 08:49:37 GMT`. No daemon sets a locale, so the names are English.
void HttpCommonLines::make(std::time_t now) {
  std::tm parts{};
  char date[64];
  const size_t size = ::gmtime_r(&now, &parts)
                          ? std::strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts)
                          : 0;
  text_.assign(date, size).append(own_);
  second_ = now;
}

}  // namespace kilometric
