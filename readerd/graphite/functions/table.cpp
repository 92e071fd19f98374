#include "readerd/graphite/functions/table.h"

#include <algorithm>
#include <iterator>

#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/interval.h"

namespace kilometric::graphite {
namespace {

std::vector<Function> make_table() {
  std::vector<Function> table;
  for (const auto rows :
       {combining_functions, dividing_functions, drawing_functions, filtering_functions, grouping_functions,
        growing_functions, naming_functions, selecting_functions, sorting_functions, source_functions,
        summarizing_functions, time_functions, transforming_functions, window_functions})
    std::ranges::copy(rows(), std::back_inserter(table));
  std::ranges::sort(table, {}, &Function::name);
  return table;
}

// The expression given for a parameter, by its keyword or by its place.
const Expression* given_for(const Function& function, const Expression& call, std::string_view parameter) {
  const size_t placed = call.arguments.size() - call.keywords.size();
  for (size_t i = 0; i < call.keywords.size(); ++i)
    if (call.keywords[i] == parameter) return &call.arguments[placed + i];
  const auto found = std::ranges::find(function.parameters, parameter, &Parameter::name);
  const auto at = static_cast<size_t>(found - function.parameters.begin());
  return at < placed ? &call.arguments[at] : nullptr;
}

}  // namespace

std::string_view type_word(Type type) {
  static constexpr std::string_view words[] = {
      "aggFunc",  "any",           "boolean", "date",      "float",      "integer", "interval",
      "intOrInf", "intOrInterval", "node",    "nodeOrTag", "seriesList", "string",  "tag"};
  return words[static_cast<size_t>(type)];
}

const std::vector<Function>& all_functions() {
  static const std::vector<Function> table = make_table();
  return table;
}

const Function* find_function(std::string_view name) {
  const auto& table = all_functions();
  const auto found = std::ranges::lower_bound(table, name, {}, &Function::name);
  return found != table.end() && found->name == name ? &*found : nullptr;
}

std::optional<int64_t> own_step(const Function& function, const Expression& call, const Context& context) {
  if (function.name == "constantLine" || function.name == "threshold") return context.step;
  if (function.step.empty()) return std::nullopt;
  const Expression* given = given_for(function, call, function.step);
  if (given == nullptr) return 60;
  if (given->kind == Expression::Kind::number)
    return std::max<int64_t>(1, static_cast<int64_t>(std::clamp(given->number, 1.0, 1e9)));
  return std::max<int64_t>(1, read_interval(given->text).value_or(1));
}

}  // namespace kilometric::graphite
