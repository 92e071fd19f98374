#include "readerd/graphite/functions_list.h"

#include <fmt/format.h>

#include "common/json.h"
#include "readerd/graphite/functions/table.h"

namespace kilometric::graphite {
namespace {

std::string options_json(const Parameter& parameter) {
  std::string text;
  for (const std::string_view option : parameter.options)
    text.append(text.empty() ? "[" : ",").append(json_string(option));
  return text + "]";
}

std::string parameter_json(const Parameter& parameter) {
  std::string text = fmt::format(R"({{"name":{},"type":{})", json_string(parameter.name),
                                 json_string(type_word(parameter.type)));
  if (parameter.required) text += R"(,"required":true)";
  if (!parameter.fallback.empty()) text += fmt::format(R"(,"default":{})", parameter.fallback);
  if (parameter.multiple) text += R"(,"multiple":true)";
  if (!parameter.options.empty()) text.append(R"(,"options":)").append(options_json(parameter));
  return text + "}";
}

/// scale(seriesList, factor)
std::string signature(const Function& function) {
  std::string text(function.name);
  for (const Parameter& parameter : function.parameters) {
    text += &parameter == &function.parameters.front() ? "(" : ", ";
    if (parameter.multiple) text += '*';
    text += parameter.name;
    if (!parameter.fallback.empty()) text.append("=").append(parameter.fallback);
  }
  return text + (function.parameters.empty() ? "()" : ")");
}

std::string function_json(const Function& function) {
  std::string parameters;
  for (const Parameter& parameter : function.parameters)
    parameters.append(parameters.empty() ? "" : ",").append(parameter_json(parameter));
  return fmt::format(
      R"({0}:{{"name":{0},"function":{1},"description":{2},"module":"graphite.render.functions","group":{3},"params":[{4}]}})",
      json_string(function.name), json_string(signature(function)), json_string(function.description),
      json_string(function.group), parameters);
}

}  // namespace

std::string functions_json() {
  std::string text;
  for (const Function& function : all_functions())
    text.append(text.empty() ? "{" : ",").append(function_json(function));
  return text.empty() ? "{}" : text + "}";
}

}  // namespace kilometric::graphite
