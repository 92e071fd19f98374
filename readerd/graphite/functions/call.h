// A call on its way to its code: its arguments, read and checked by the function's row of the table.
//
// The Evaluation makes it. What is no argument of the wanted type is thrown as WrongCall, with the function,
// the parameter and the byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "readerd/graphite/aggregation.h"
#include "readerd/graphite/functions/evaluation.h"
#include "readerd/graphite/functions/table.h"

namespace kilometric::graphite {

/// Where a fetched series of the context begins: from is exclusive.
int64_t first_point(const Context& context);

/// The largest multiple of `by` that is not above `value`.
int64_t floor_to(int64_t value, int64_t by);

class Call {
 public:
  /// Requires that all four outlive it.
  Call(const Function& function, const Expression& expression, const Context& context, Evaluation& evaluation);

  const Context& context() const { return context_; }
  std::string_view name() const { return function_.name; }

  /// By the place of the parameter. Each requires that the parameter has this type, and that it is given or has
  /// a fallback.
  SeriesList& series(size_t at) { return std::get<SeriesList>(values_[at]); }
  double number(size_t at) const { return std::get<Number>(values_[at]).value; }
  int64_t integer(size_t at) const { return static_cast<int64_t>(number(at)); }
  const std::string& text(size_t at) const { return std::get<std::string>(values_[at]); }
  bool boolean(size_t at) const { return std::get<bool>(values_[at]); }
  Aggregation aggregation(size_t at) const { return *read_aggregation(text(at)); }
  int64_t interval(size_t at) const;

  bool given(size_t at) const { return at < values_.size() && values_[at].index() != 0; }
  bool is_series(size_t at) const { return given(at) && std::holds_alternative<SeriesList>(values_[at]); }
  bool is_text(size_t at) const { return given(at) && std::holds_alternative<std::string>(values_[at]); }
  size_t count() const { return values_.size(); }
  const Value& value(size_t at) const { return values_[at]; }
  /// As it stands in names: a number that is whole without a point.
  std::string shown(size_t at) const;

  /// All series of the lists from the first parameter on, which is the only one.
  SeriesList all_series();

  /// The first argument's series in another range; at most ten years back.
  SeriesList again(int64_t from, int64_t until);
  SeriesList again() { return again(context_.from, context_.until); }
  /// The step that they will have.
  int64_t step() const;

  void spend(uint64_t points) { evaluation_.spend(points); }
  /// How many steps the request's regular expressions have left.
  uint64_t& regex_steps();
  [[noreturn]] void refuse(std::string_view why) const;

 private:
  const Parameter& parameter(size_t at) const;
  void place(size_t at, const Expression& argument);
  size_t keyword_place(const std::string& keyword, const Expression& argument) const;
  void fall_back();
  Value checked(size_t at, Value value, size_t byte) const;
  [[noreturn]] void refuse(size_t at, size_t byte, std::string_view why) const;

  const Function& function_;
  const Expression& expression_;
  const Context& context_;
  Evaluation& evaluation_;
  std::vector<Value> values_;
};

}  // namespace kilometric::graphite
