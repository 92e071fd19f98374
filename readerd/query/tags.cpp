#include "readerd/query/tags.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace kilometric {
namespace {

using Problem = std::optional<std::string>;

Problem read_tag(const std::string& text, size_t& alternatives, TagFilters& filters) {
  if (text == "*") return std::nullopt;
  if (filters.all.size() == TagFilters::kMost) return "tag: more than 32 of them";
  auto filter = TagFilter::parse(text);
  if (const auto* problem = std::get_if<std::string>(&filter)) return "tag: " + *problem;
  alternatives += std::get<TagFilter>(filter).alternatives();
  if (alternatives > Glob::kMostAlternatives) return "tag: more than 100 patterns in all, each brace's counted";
  filters.all.push_back(std::get<TagFilter>(std::move(filter)));
  return std::nullopt;
}

Problem read_name(std::string_view name, std::vector<std::string>& by) {
  if (name.empty()) return "by: it is empty; it is one or several tags with commas between, such as dc,host";
  if (const char* error = tag_text_error(name)) return std::string("by: ") + error;
  if (const char* error = tag_name_error(name)) return std::string("by: ") + error;
  if (std::ranges::find(by, name) != by.end()) return "by: a tag is named twice";
  if (by.size() == TagFilters::kMost) return "by: more than 32 tags";
  by.emplace_back(name);
  return std::nullopt;
}

Problem read_names(std::string_view text, std::vector<std::string>& by) {
  while (true) {
    const size_t end = text.find(',');
    if (auto problem = read_name(text.substr(0, end), by)) return problem;
    if (end == text.npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Problem read_tags(const QueryString& parameters, size_t alternatives, std::optional<TagFilters>& filters) {
  for (const auto& [name, value] : parameters.all()) {
    if (name != "tag") continue;
    if (!filters) filters.emplace();
    if (auto problem = read_tag(value, alternatives, *filters)) return problem;
  }
  return std::nullopt;
}

Problem read_by(const QueryString& parameters, std::vector<std::string>& by) {
  for (const auto& [name, value] : parameters.all())
    if (name == "by")
      if (auto problem = read_names(value, by)) return problem;
  return std::nullopt;
}

}  // namespace kilometric
