#include "readerd/graphite/form.h"

#include <algorithm>

#include "common/http/query_string.h"

namespace kilometric::graphite {
namespace {

constexpr std::string_view kBadlyEncoded = "badly encoded: a % must be followed by two hexadecimal digits";

/// Grafana writes `query=` and then a pattern as it is, with its braces, pluses and ampersands.
bool is_plain_query(std::string_view body) {
  return body.starts_with("query=") && body.find('=', 6) == body.npos;
}

}  // namespace

std::variant<Form, Refusal> Form::parse(const HttpRequest& request) {
  Form form;
  for (const std::string_view text : {request.query, request.body}) {
    const auto parameters = QueryString::parse(text);
    if (parameters)
      form.parameters_.insert(form.parameters_.end(), parameters->all().begin(), parameters->all().end());
    else if (is_plain_query(text))
      form.parameters_.emplace_back("query", text.substr(6));
    else
      return Refusal{400, std::string(kBadlyEncoded)};
  }
  return form;
}

const std::string* Form::find(std::string_view name) const {
  for (const auto& [own, value] : parameters_)
    if (own == name && !value.empty()) return &value;
  return nullptr;
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [own, value] : parameters_)
    if (own == name || own == std::string(name) + "[]") values.push_back(value);
  return values;
}

bool Form::is_set(std::string_view name) const {
  const std::string* const value = find(name);
  return value != nullptr && *value != "0" && *value != "false" && *value != "none" && *value != "False";
}

}  // namespace kilometric::graphite
