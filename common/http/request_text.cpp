#include "common/http/request_text.h"

#include <algorithm>

namespace kilometric {

/// "/path?query", or the absolute form "http://host/path?query"; a fragment is nobody's business.
void HttpRequestText::split_url() {
  std::string_view url(head_.data() + url_, url_size_);
  url = url.substr(0, url.find('#'));
  if (const size_t scheme = url.find("://"); !url.starts_with('/') && scheme != url.npos) {
    url.remove_prefix(scheme + 3);
    url.remove_prefix(std::min(url.find_first_of("/?"), url.size()));
  }
  const size_t mark = std::min(url.find('?'), url.size());
  path_ = mark == 0 ? "/" : url.substr(0, mark);
  query_ = url.substr(std::min(mark + 1, url.size()));
}

}  // namespace kilometric
