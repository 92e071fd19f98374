#include "tool/manual/roff.h"

#include <fmt/format.h>

#include <algorithm>

namespace kilometric::tool {
namespace {

std::string escaped(std::string_view line) {
  std::string text;
  if (line.starts_with('.') || line.starts_with('\'')) text = "\\&";  // else it would be a request
  for (const char c : line) {
    if (c == '\\')
      text += "\\e";
    else if (c == '-')
      text += "\\-";
    else if (c == '`')
      text += "\\(ga";
    else if (c == '\'')
      text += "\\(aq";
    else if (c == '~')
      text += "\\(ti";
    else if (c == '^')
      text += "\\(ha";
    else
      text += c;
  }
  return text;
}

std::string upper(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += line.empty() ? ".PP\n" : escaped(line) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string roff_heading(std::string_view name) { return fmt::format(".SH {}\n", escaped(name)); }

std::string roff_item(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}", escaped(term), roff_text(text));
}

std::string roff_verbatim(std::string_view text) {
  std::string out = ".PP\n.nf\n";
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += escaped(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + ".fi\n";
}

std::string roff_title(std::string_view name, int section, std::string_view about) {
  return fmt::format(".TH {} {} \"\" \"Kilometric {}\"\n.SH NAME\n{} \\- {}\n", upper(name), section,
                     KILOMETRIC_VERSION, escaped(name), escaped(about));
}

}  // namespace kilometric::tool
