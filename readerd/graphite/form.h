// The parameters of a request of Graphite's: those of its URL, then those of a form that it was sent with.
//
// Called for each request. A refusal is a 400.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/http/request.h"

namespace kilometric::graphite {

class Form {
 public:
  static std::variant<Form, Refusal> parse(const HttpRequest& request);

  /// The first of that name which is not empty; nullptr when there is none.
  const std::string* find(std::string_view name) const;
  /// All of that name, and of that name with brackets behind it.
  std::vector<std::string> all(std::string_view name) const;
  /// False for what is not there, 0, false and none.
  bool is_set(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace kilometric::graphite
