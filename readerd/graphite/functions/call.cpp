#include "readerd/graphite/functions/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "readerd/graphite/interval.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

std::optional<Number> read_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::isnan(value)) return std::nullopt;
  return Number{value, text.find_first_not_of("-0123456789") == text.npos};
}

std::optional<Number> as_number(const Value& value) {
  if (const auto* number = std::get_if<Number>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return read_number(*text);
  if (const auto* boolean = std::get_if<bool>(&value)) return Number{*boolean ? 1.0 : 0.0, true};
  return std::nullopt;
}

std::optional<Number> as_integer(const Value& value) {
  const auto number = as_number(value);
  return number && number->whole && std::abs(number->value) < 1e15 ? number : std::nullopt;
}

std::optional<bool> as_boolean(const Value& value) {
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "true" || *text == "True") return true;
    if (*text == "false" || *text == "False") return false;
  }
  const auto number = as_integer(value);
  return number && (number->value == 0 || number->value == 1) ? std::optional(number->value == 1)
                                                              : std::nullopt;
}

std::string number_word(const Number& number) {
  return number.whole ? fmt::format("{:.0f}", number.value) : float_text(number.value);
}

std::optional<std::string> as_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<Number>(&value)) return number_word(*number);
  return std::nullopt;
}

template <class T>
Value or_none(std::optional<T> found) {
  return found ? Value(*std::move(found)) : Value();
}

// A word that JSON has for a fallback.
Value fallback_value(std::string_view json) {
  if (json == "true" || json == "false") return json == "true";
  if (json == "Infinity") return Number{HUGE_VAL, false};
  if (json.starts_with('"')) return std::string(json.substr(1, json.size() - 2));
  return *read_number(std::string(json));
}

Value of_type(Type type, Value value) {
  switch (type) {
    case Type::any:
      return std::holds_alternative<SeriesList>(value) ? std::move(value) : or_none(as_number(value));
    case Type::series_list:
      return std::holds_alternative<SeriesList>(value) ? std::move(value) : Value();
    case Type::boolean:
      return or_none(as_boolean(value));
    case Type::floating: {
      const auto number = as_number(value);
      return number ? Value(Number{number->value, false}) : Value();
    }
    case Type::integer:
    case Type::node:
      return or_none(as_integer(value));
    case Type::integer_or_infinity: {
      const auto number = as_number(value);
      return number && (number->whole || std::isinf(number->value)) ? Value(*number) : Value();
    }
    case Type::aggregation: {
      auto word = as_text(value);
      return word && read_aggregation(*word) ? Value(*word) : Value();
    }
    case Type::interval: {
      auto text = as_text(value);
      return text && read_interval(*text) ? Value(*text) : Value();
    }
    case Type::integer_or_interval: {
      if (const auto* text = std::get_if<std::string>(&value))
        return read_interval(*text) ? value : or_none(as_integer(value));
      return or_none(as_integer(value));
    }
    case Type::node_or_tag:
      return std::holds_alternative<Number>(value) ? or_none(as_integer(value)) : or_none(as_text(value));
    case Type::date:
    case Type::string:
    case Type::tag:
      return or_none(as_text(value));
  }
  return {};
}

std::string_view wanted(Type type) {
  static constexpr std::string_view words[] = {
      "an aggregation is wanted, such as \"sum\" or \"average\"",
      "a number or a series is wanted",
      "true or false is wanted",
      "a time is wanted",
      "a number is wanted",
      "a whole number is wanted",
      "a length of time is wanted, such as \"5min\", of at most ten years",
      "a whole number or inf is wanted",
      "a whole number or a length of time is wanted, such as 5 or \"5min\"",
      "the number of a node is wanted",
      "the number of a node or the name of a tag is wanted",
      "a series is wanted",
      "a string is wanted",
      "the name of a tag is wanted",
  };
  return words[static_cast<size_t>(type)];
}

}  // namespace

int64_t floor_to(int64_t value, int64_t by) { return value - ((value % by) + by) % by; }

int64_t first_point(const Context& context) { return floor_to(context.from, context.step) + context.step; }

Call::Call(const Function& function, const Expression& expression, const Context& context,
           Evaluation& evaluation)
    : function_(function), expression_(expression), context_(context), evaluation_(evaluation) {
  const size_t placed = expression.arguments.size() - expression.keywords.size();
  if (placed > function.parameters.size() &&
      (function.parameters.empty() || !function.parameters.back().multiple))
    refuse(fmt::format("{} arguments, and {} are the most", placed, function.parameters.size()));
  values_.resize(std::max(placed, function.parameters.size()));
  for (size_t i = 0; i < placed; ++i) place(i, expression.arguments[i]);
  for (size_t i = placed; i < expression.arguments.size(); ++i)
    place(keyword_place(expression.keywords[i - placed], expression.arguments[i]), expression.arguments[i]);
  fall_back();
}

const Parameter& Call::parameter(size_t at) const {
  return function_.parameters[std::min(at, function_.parameters.size() - 1)];
}

void Call::place(size_t at, const Expression& argument) {
  if (given(at)) refuse(at, argument.at, "given twice");
  const Type type = parameter(at).type;
  const bool is_series = argument.kind == Expression::Kind::path || argument.kind == Expression::Kind::call;
  if (is_series != (type == Type::series_list) && (is_series ? type != Type::any : true) &&
      argument.kind != Expression::Kind::none && (is_series || type == Type::series_list))
    refuse(at, argument.at, wanted(type));
  if (at == 0 && function_.late)
    values_[0] = SeriesList();
  else
    values_[at] = checked(at, evaluation_.value(argument, context_), argument.at);
}

size_t Call::keyword_place(const std::string& keyword, const Expression& argument) const {
  const auto found = std::ranges::find(function_.parameters, keyword, &Parameter::name);
  if (found == function_.parameters.end())
    refuse(fmt::format("byte {}: it has no parameter {}", argument.at, keyword));
  return static_cast<size_t>(found - function_.parameters.begin());
}

void Call::fall_back() {
  for (size_t i = 0; i < function_.parameters.size(); ++i) {
    if (given(i)) continue;
    const Parameter& parameter = function_.parameters[i];
    if (parameter.required) refuse(fmt::format("{} is missing", parameter.name));
    if (!parameter.fallback.empty()) values_[i] = fallback_value(parameter.fallback);
  }
  while (!values_.empty() && !given(values_.size() - 1) && values_.size() > function_.parameters.size())
    values_.pop_back();
}

Value Call::checked(size_t at, Value value, size_t byte) const {
  if (value.index() == 0) return value;
  const Type type = parameter(at).type;
  value = of_type(type, std::move(value));
  if (value.index() == 0) refuse(at, byte, wanted(type));
  return value;
}

int64_t Call::interval(size_t at) const { return *read_interval(text(at)); }

std::string Call::shown(size_t at) const {
  const auto* number = std::get_if<Number>(&values_[at]);
  return number != nullptr ? number_word(*number) : text(at);
}

SeriesList Call::all_series() {
  SeriesList all;
  for (size_t i = 0; i < values_.size(); ++i)
    if (is_series(i)) std::ranges::move(series(i), std::back_inserter(all));
  return all;
}

SeriesList Call::again(int64_t from, int64_t until) {
  if (!evaluation_.may_ask(from, until)) refuse("it looks back for more than ten years");
  Context moved = context_;
  moved.from = from;
  moved.until = until;
  return evaluation_.series(expression_.arguments[0], moved);
}

uint64_t& Call::regex_steps() { return context_.budget->regex_steps; }

int64_t Call::step() const { return evaluation_.step(expression_.arguments[0], context_); }

void Call::refuse(std::string_view why) const {
  throw WrongCall(fmt::format("byte {}: {}: {}", expression_.at, function_.name, why));
}

void Call::refuse(size_t at, size_t byte, std::string_view why) const {
  throw WrongCall(fmt::format("byte {}: {}: {}: {}", byte, function_.name, parameter(at).name, why));
}

}  // namespace kilometric::graphite
