// The walk through a target: each expression's value, by the functions of the table.
//
// evaluate() owns it for one target; a function that needs another range of its argument asks it again. What is
// wrong is thrown as WrongCall, which does not leave evaluate().
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <variant>

#include "readerd/graphite/evaluate.h"

namespace kilometric::graphite {

struct WrongCall : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Number {
  double value = 0;
  bool whole = false;
};

/// monostate: none, or not given.
using Value = std::variant<std::monostate, SeriesList, Number, std::string, bool>;

class Evaluation {
 public:
  /// Requires that both outlive it, and the request's budget.
  Evaluation(Source& source, const Context& request)
      : source_(source), request_(request), budget_(*request.budget) {}

  SeriesList series(const Expression& expression, const Context& context);
  Value value(const Expression& expression, const Context& context);

  /// The step that the expression's series have, without having them.
  int64_t step(const Expression& expression, const Context& context) const;

  /// Whether the range is within ten years of the request's own.
  bool may_ask(int64_t from, int64_t until) const;

  /// Takes so many points from what the request may have; called before they are made.
  void spend(uint64_t points);

 private:
  void count_call();
  SeriesList call(const Expression& expression, const Context& context);
  SeriesList fetch(const Expression& path, const Context& context);

  Source& source_;
  const Context& request_;
  Budget& budget_;
};

}  // namespace kilometric::graphite
