#include "readerd/output/json.h"

#include <fmt/format.h>

#include "common/json.h"

namespace kilometric {
namespace {

void append_digits(std::string& text, uint64_t number) {
  const fmt::format_int digits(number);
  text.append(digits.data(), digits.size());
}

}  // namespace

JsonNumbers::JsonNumbers(const Output::Fields& fields) {
  for (const std::string& field : fields) starts_.push_back(",\"" + field + "\":");
}

void JsonNumbers::append(std::string& text, std::span<const std::optional<Number>> numbers) const {
  for (size_t i = 0; i < numbers.size(); ++i)
    text.append(starts_[i]).append(numbers[i] ? to_text(*numbers[i]) : "null");
}

void JsonOutput::begin() {
  if (several_) text_ += R"({"metrics":[)";
}

void JsonOutput::begin_metric(std::string_view name) {
  if (metrics_++ > 0) text_ += ',';
  values_ = 0;
  text_.append(R"({"name":)").append(json_string(name)).append(R"(,"values":[)");
}

void JsonOutput::add(const Value& value) {
  if (values_++ > 0) text_ += ',';
  text_ += R"({"from":)";
  append_digits(text_, value.from);
  if (both_ends_) append_digits(text_.append(R"(,"to":)"), value.to);
  numbers_.append(text_, value.numbers);
  text_ += '}';
}

void JsonOutput::end_metric() { text_ += "]}"; }

void JsonOutput::end() {
  if (several_) text_ += "]}";
}

}  // namespace kilometric
