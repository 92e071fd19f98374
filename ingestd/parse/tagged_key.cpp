#include "ingestd/parse/tagged_key.h"

#include <algorithm>
#include <cstring>

namespace kilometric {
namespace {

constexpr std::string_view kInternal = "dd.internal.";

char in_name(char c) noexcept { return c == ';' || c == '!' || c == '^' || c == '=' ? '_' : c; }
char in_value(char c) noexcept { return c == ';' ? '_' : c; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return in_name(x) == in_name(y); });
}

}  // namespace

bool TagRules::keeps(std::string_view tag) const noexcept {
  const auto is_same = [tag](const std::string& name) { return same_name(name, tag); };
  return names.empty() || std::any_of(names.begin(), names.end(), is_same);
}

std::string_view TaggedKey::make(std::string_view name, std::string_view section,
                                 const TagRules& rules) noexcept {
  outcome_ = Outcome::accepted;
  count_ = 0;
  std::string_view rest;  // of the name, behind its tags
  size_t at = name.find(';');
  if (rules.in_name != '\0') at = std::min(at, name.find(rules.in_name));
  if (at != std::string_view::npos) {
    std::string_view tags = name.substr(at + 1);
    const char mark = name[at];
    name = name.substr(0, at);
    if (mark == '[') {
      const size_t end = tags.find(']');
      if (end != std::string_view::npos) rest = tags.substr(end + 1);
      if (end == std::string_view::npos || rest.find_first_of(";[") != std::string_view::npos)
        return fail(Outcome::bad_tags);
      tags = tags.substr(0, end);
    }
    read(tags, mark == ';' ? ';' : ',', '=', rules);
  }
  read(section, ',', ':', rules);
  if (outcome_ != Outcome::accepted) return {};
  if (name.size() + rest.size() - 1 >= kMaxKeyBytes) return fail(Outcome::bad_key);
  std::sort(tags_.begin(), tags_.begin() + static_cast<ptrdiff_t>(count_), before);
  return write(name, rest);
}

/// `a=b,c=d`, for example.
void TaggedKey::read(std::string_view tags, char between, char value_mark, const TagRules& rules) noexcept {
  while (!tags.empty() && outcome_ == Outcome::accepted) {
    const std::string_view tag = tags.substr(0, tags.find(between));
    tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
    const size_t mark = tag.find(value_mark);
    const bool is_bare = mark == std::string_view::npos;
    add({tag.substr(0, mark), is_bare ? "true" : tag.substr(mark + 1)}, rules);
  }
}

void TaggedKey::add(Tag tag, const TagRules& rules) noexcept {
  tag.value.remove_prefix(std::min(tag.value.find_first_not_of('~'), tag.value.size()));
  if (tag.name.empty() || tag.value.empty() || tag.name.substr(0, kInternal.size()) == kInternal) return;
  if (!rules.keeps(tag.name)) return;
  const auto end = tags_.begin() + static_cast<ptrdiff_t>(count_);
  const auto same =
      std::find_if(tags_.begin(), end, [&](const Tag& other) { return same_name(other.name, tag.name); });
  if (same == tags_.end())
    outcome_ = Outcome::too_many_tags;
  else
    *same = tag;
  if (same == end && count_ < kMostTags) ++count_;
}

/// By the bytes as they are written.
bool TaggedKey::before(const Tag& a, const Tag& b) noexcept {
  const size_t bytes = std::min(a.bytes(), b.bytes());
  for (size_t i = 0; i < bytes; ++i)
    if (a[i] != b[i]) return a[i] < b[i];
  return a.bytes() < b.bytes();
}

unsigned char TaggedKey::Tag::operator[](size_t at) const noexcept {
  if (at < name.size()) return static_cast<unsigned char>(in_name(name[at]));
  if (at == name.size()) return '=';
  return static_cast<unsigned char>(in_value(value[at - name.size() - 1]));
}

std::string_view TaggedKey::write(std::string_view name, std::string_view rest) noexcept {
  size_t bytes = name.size() + rest.size();
  for (size_t i = 0; i < count_; ++i) bytes += 1 + tags_[i].bytes();
  if (bytes > key_.size()) return fail(Outcome::key_too_long);
  char* at = std::copy(rest.begin(), rest.end(), std::copy(name.begin(), name.end(), key_.data()));
  for (size_t i = 0; i < count_; ++i) {
    *at++ = ';';
    at = std::transform(tags_[i].name.begin(), tags_[i].name.end(), at, in_name);
    *at++ = '=';
    at = std::transform(tags_[i].value.begin(), tags_[i].value.end(), at, in_value);
  }
  return {key_.data(), bytes};
}

std::string_view TaggedKey::fail(Outcome outcome) noexcept {
  outcome_ = outcome;
  return {};
}

}  // namespace kilometric
