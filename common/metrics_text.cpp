#include "common/metrics_text.h"

#include <fmt/format.h>

#include <cmath>

namespace kilometric {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_sample(std::string& text, std::string_view name, std::string_view labels, std::string_view value) {
  text += name;
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text.append(" ").append(value).append("\n");
}

}  // namespace

void MetricsText::counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }

void MetricsText::gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }

void MetricsText::sample(double value, std::string_view labels) {
  append_sample(text_, name_, labels, number_text(value));
}

void MetricsText::sample(uint64_t value, std::string_view labels) {
  append_sample(text_, name_, labels, std::to_string(value));
}

void MetricsText::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace kilometric
