// The target of a request: a path and its parameters, encoded.
#pragma once

#include <string>
#include <string_view>

namespace kilometric::tool {

class Query {
 public:
  explicit Query(std::string_view path) : text_(path) {}

  Query& add(std::string_view name, std::string_view value);
  /// Unless `value` is empty.
  Query& add_given(std::string_view name, std::string_view value);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool first_ = true;
};

}  // namespace kilometric::tool
