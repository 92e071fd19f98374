#include "tool/reader/json.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "tool/failure.h"

namespace kilometric::tool {

Json parse_json(std::string_view text, std::string_view who) {
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  Json document;
  document.Parse<kFlags>(text.data(), text.size());
  if (document.HasParseError())
    throw Failure(kUnreachable, fmt::format("what {} answers is no JSON; is it kilometric-readerd?", who));
  return document;
}

const JsonValue* find(const JsonValue& value, const char* name) {
  if (!value.IsObject()) return nullptr;
  const auto member = value.FindMember(name);
  return member == value.MemberEnd() ? nullptr : &member->value;
}

std::string text_of(const JsonValue& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  if (value.IsBool()) return value.GetBool() ? "true" : "false";
  return {};
}

std::string text_of(const JsonValue& value, const char* name) {
  const JsonValue* member = find(value, name);
  return member == nullptr ? std::string() : text_of(*member);
}

std::string number_text(const JsonValue& value, const char* name) {
  std::string text = text_of(value, name);
  return text.find_first_not_of("0123456789+-.eE") == std::string::npos ? std::move(text) : std::string();
}

int64_t whole_of(const JsonValue& value, const char* name) {
  const std::string text = text_of(value, name);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double number_of(const JsonValue& value, const char* name) {
  return std::strtod(text_of(value, name).c_str(), nullptr);
}

}  // namespace kilometric::tool
