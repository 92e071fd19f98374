#include "readerd/graphite/functions/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/table.h"
#include "readerd/graphite/interval.h"

namespace kilometric::graphite {
namespace {

using Kind = Expression::Kind;

const Function& function_of(const Expression& call) {
  if (const Function* function = find_function(call.text)) return *function;
  throw WrongCall(
      fmt::format("byte {}: unknown function {}; /functions lists those there are", call.at, call.text));
}

}  // namespace

SeriesList Evaluation::series(const Expression& expression, const Context& context) {
  if (expression.kind == Kind::path) return fetch(expression, context);
  if (expression.kind == Kind::call) return call(expression, context);
  throw WrongCall(fmt::format("byte {}: a series is wanted here", expression.at));
}

Value Evaluation::value(const Expression& expression, const Context& context) {
  switch (expression.kind) {
    case Kind::number:
      return Number{expression.number, expression.whole};
    case Kind::string:
      return expression.text;
    case Kind::boolean:
      return expression.number != 0;
    case Kind::none:
      return std::monostate();
    default:
      return series(expression, context);
  }
}

int64_t Evaluation::step(const Expression& expression, const Context& context) const {
  if (expression.kind == Kind::path) return context.step;
  if (expression.kind != Kind::call) return 1;
  if (const auto own = own_step(function_of(expression), expression, context)) return *own;
  int64_t step = 1;
  for (const auto& argument : expression.arguments) step = std::max(step, this->step(argument, context));
  return step;
}

bool Evaluation::may_ask(int64_t from, int64_t until) const {
  return from >= request_.from - kLongestInterval && until <= request_.until + kLongestInterval;
}

void Evaluation::spend(uint64_t points) {
  if (points > budget_.points) throw WrongCall("more than 5,000,000 points; ask for less time or fewer series");
  budget_.points -= points;
}

void Evaluation::count_call() {
  if (budget_.calls == 0) throw WrongCall("more than 10,000 calls, each counted as often as it is carried out");
  --budget_.calls;
}

SeriesList Evaluation::call(const Expression& expression, const Context& context) {
  count_call();
  const Function& function = function_of(expression);
  Call call(function, expression, context, *this);
  return function.code(call);
}

SeriesList Evaluation::fetch(const Expression& path, const Context& context) {
  count_call();
  auto found = source_.series(path.text, context.from, context.until);
  for (const auto& series : found) spend(series.values.size());
  return found;
}

}  // namespace kilometric::graphite
