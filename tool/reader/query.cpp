#include "tool/reader/query.h"

#include "common/http/query_string.h"

namespace kilometric::tool {

Query& Query::add(std::string_view name, std::string_view value) {
  text_ += first_ ? '?' : '&';
  first_ = false;
  text_ += name;
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

Query& Query::add_given(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

}  // namespace kilometric::tool
