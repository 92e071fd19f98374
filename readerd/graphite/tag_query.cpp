#include "readerd/graphite/tag_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/utf8.h"
#include "readerd/graphite/expression.h"
#include "readerd/graphite/functions/evaluation.h"

namespace kilometric::graphite {
namespace {

constexpr std::string_view kCall = "seriesByTag(";
constexpr size_t kMostKnown = 4096;

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// What all texts begin with that a regular expression finds at their start.
std::string prefix_of(std::string_view regex) {
  std::string prefix;
  if (regex.find('|') != regex.npos) return prefix;
  if (regex.starts_with('^')) regex.remove_prefix(1);
  while (!regex.empty()) {
    const bool dot = regex.starts_with("\\.");
    if (!dot && !is_plain(regex[0])) break;
    regex.remove_prefix(dot ? 2 : 1);
    if (!regex.empty() && std::string_view("*?{").find(regex[0]) != std::string_view::npos) break;
    prefix += dot ? '.' : regex.data()[-1];
  }
  return prefix;
}

std::string without_backslashes(std::string_view path) {
  std::string text;
  for (size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '\\' && at + 1 < path.size()) ++at;
    text += path[at];
  }
  return text;
}

/// `;tag=value` each, in the order in which keys have them; the last of one name counts.
std::string sorted_tags(const TaggedKey& key) {
  std::map<std::string_view, std::string_view> tags;
  key.for_each([&](const TaggedKey::Tag& tag) { tags[tag.first] = tag.second; });
  std::vector<std::string> texts;
  for (const auto& [tag, value] : tags) texts.push_back(fmt::format(";{}={}", tag, value));
  std::ranges::sort(texts);
  std::string text;
  for (const std::string& each : texts) text += each;
  return text;
}

}  // namespace

bool TagQuery::Term::found(std::string_view text) {
  if (!regex) return text == value;
  if (const auto verdict = known.find(text); verdict != known.end()) return verdict->second;
  if (known.size() == kMostKnown) known.clear();
  return known.emplace(text, regex->search(text)).first->second;
}

bool TagQuery::Term::holds(std::string_view text) { return found(text) != negated; }

std::optional<Refusal> TagQuery::add(const std::string& expression) {
  if (valid_utf8(expression) != expression) return Refusal{400, "a tagspec is not UTF-8"};
  const size_t end = expression.find_first_of(";!=");
  const size_t equals = end == expression.npos ? end : end + (expression[end] == '!');
  if (end == 0 || end == expression.npos || expression.substr(equals, 1) != "=" ||
      expression.find(';') != expression.npos)
    return Refusal{400,
                   fmt::format("Invalid tagspec {}: it is tag=value, tag!=value, tag=~regex or tag!=~regex, "
                               "and holds no semicolon",
                               expression)};
  if (terms_.size() == kMostTerms) return Refusal{400, fmt::format("more than {} tagspecs", kMostTerms)};
  Term term{expression.substr(0, end), equals > end, expression.substr(equals + 1), nullptr};
  if (term.value.starts_with('~')) {
    term.value.erase(0, 1);
    term.regex = std::make_unique<Regex>("^(?:" + term.value + ")", *steps_);
  }
  if (term.tag == "name" && !term.negated && !term.value.empty()) {
    if (term.regex)
      prefix_ = std::max(prefix_, prefix_of(term.value),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
    else
      name_ = term.value;
  }
  terms_.push_back(std::move(term));
  return std::nullopt;
}

TagQuery::Parsed TagQuery::parse(const std::vector<std::string>& expressions, const Steps& steps) {
  auto query = std::make_shared<TagQuery>();
  query->steps_ = steps;
  try {
    for (const std::string& expression : expressions)
      if (const auto refusal = query->add(expression)) return *refusal;
    if (std::ranges::all_of(query->terms_, [](Term& term) { return term.holds(""); }))
      return Refusal{400, "At least one tagspec must not match the empty string, such as name=web.hits"};
  } catch (const WrongCall& wrong) {
    return Refusal{400, wrong.what()};
  }
  return query;
}

bool TagQuery::is_tagged(std::string_view path) {
  return path.starts_with(kCall) || path.find(';') != path.npos;
}

TagQuery::Parsed TagQuery::of_path(std::string_view path, const Steps& steps) {
  if (path.starts_with(kCall)) {
    const auto parsed = parse_target(path);
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
    std::vector<std::string> expressions;
    for (const Expression& argument : std::get<Expression>(parsed).arguments) {
      if (argument.kind != Expression::Kind::string)
        return Refusal{400, "target: seriesByTag: each argument is a string, such as \"dc=eu\""};
      expressions.push_back(argument.text);
    }
    auto query = parse(expressions, steps);
    if (auto* refusal = std::get_if<Refusal>(&query)) refusal->message.insert(0, "target: seriesByTag: ");
    return query;
  }
  const std::string text = without_backslashes(path);
  const TaggedKey key(text);
  auto query = std::make_shared<TagQuery>();
  query->name_ = key.name();
  query->tags_ = sorted_tags(key);
  return query;
}

std::variant<bool, Refusal> TagQuery::matches(std::string_view name, const TaggedKey& key) {
  try {
    for (Term& term : terms_)
      if (!term.holds(term.tag == "name" ? name : key.find(term.tag).value_or(""))) return false;
    return true;
  } catch (const WrongCall& wrong) {
    return Refusal{400, wrong.what()};
  }
}

}  // namespace kilometric::graphite
