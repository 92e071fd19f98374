#include "readerd/output/csv.h"

#include <fmt/format.h>

#include <iterator>

namespace kilometric {
namespace {

/// A name as a field. Names hold no line ends, so only commas and quotes ask for quotes around it.
std::string field_of(std::string_view name) {
  if (name.find_first_of(",\"") == std::string_view::npos) return std::string(name);
  std::string text = "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

}  // namespace

void CsvOutput::begin() { text_ += both_ends_ ? "name,from,to,value\r\n" : "name,from,value\r\n"; }

void CsvOutput::begin_metric(std::string_view name) { name_ = field_of(name); }

void CsvOutput::add(const Value& value) {
  auto out = std::back_inserter(text_);
  fmt::format_to(out, "{},{}", name_, value.from);
  if (both_ends_) fmt::format_to(out, ",{}", value.to);
  fmt::format_to(out, ",{}\r\n", text_of(value.value, ""));
}

}  // namespace kilometric
