#include "readerd/output/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace kilometric {
namespace {

/// Whether a spreadsheet would take a text for a formula. The marks have twins as wide as a Chinese character,
/// which some spreadsheets take for them.
bool looks_like_a_formula(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  for (const std::string_view mark : {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"})
    if (text.starts_with(mark)) return true;
  return false;
}

/// Whether a part of a name looks like a formula to a spreadsheet that cuts fields at semicolons.
bool holds_a_formula(std::string_view name) {
  for (size_t at = name.find(';'); at != std::string_view::npos; at = name.find(';', at + 1))
    if (looks_like_a_formula(name.substr(at + 1))) return true;
  return false;
}

/// A name as a field. Names hold no line ends, so only commas and quotes ask for quotes around it; and what a
/// spreadsheet would run. See https://owasp.org/www-community/attacks/CSV_Injection
std::string field_of(std::string_view name) {
  const bool formula = looks_like_a_formula(name);
  if (!formula && name.find_first_of(",\"") == std::string_view::npos && !holds_a_formula(name))
    return std::string(name);
  std::string text = formula ? "\"'" : "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

}  // namespace

void CsvOutput::begin() {
  text_ += both_ends_ ? "name,from,to" : "name,from";
  for (const std::string& field : fields_) text_.append(1, ',').append(field);
  text_ += "\r\n";
}

void CsvOutput::begin_metric(std::string_view name) { name_ = field_of(name); }

void CsvOutput::add(const Value& value) {
  auto out = std::back_inserter(text_);
  fmt::format_to(out, "{},{}", name_, value.from);
  if (both_ends_) fmt::format_to(out, ",{}", value.to);
  for (const auto& number : value.numbers) text_.append(1, ',').append(number ? to_text(*number) : "");
  text_ += "\r\n";
}

}  // namespace kilometric
