// The functions there are: one row each, by which a call's arguments are read, /functions is written, and the
// code is found. The rows stand beside the code, in this folder's files.
//
// Built once, at the first use. An unknown name is a nullptr.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "readerd/graphite/evaluate.h"

namespace kilometric::graphite {

class Call;

/// What an argument may be, in the words of Graphite's editor.
enum class Type : uint8_t {
  aggregation,  ///< a word of aggregation.h
  any,          ///< a number, or series
  boolean,
  date,
  floating,
  integer,
  interval,
  integer_or_infinity,
  integer_or_interval,
  node,
  node_or_tag,
  series_list,
  string,
  tag,
};

std::string_view type_word(Type type);

struct Parameter {
  std::string_view name;
  Type type = Type::any;
  bool required = false;
  std::string_view fallback = {};  ///< as JSON has it; empty: none
  bool multiple = false;           ///< the last parameter takes all that is left
  std::vector<std::string_view> options = {};
};

struct Function {
  std::string_view name;
  std::string_view group;  ///< "Graph" is hidden by Grafana's editor
  std::string_view description;
  std::vector<Parameter> parameters;
  SeriesList (*code)(Call&);
  bool late = false;           ///< its first argument is evaluated by the code alone, in a range of its own
  std::string_view step = {};  ///< the parameter that says the step of the result, in seconds or as an interval
};

/// Sorted by name.
const std::vector<Function>& all_functions();
const Function* find_function(std::string_view name);

/// The step of the call's result, when the function has its own.
std::optional<int64_t> own_step(const Function& function, const Expression& call, const Context& context);

}  // namespace kilometric::graphite
