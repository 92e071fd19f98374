// What readerd says in JSON, read with care: whoever answers at that port may be somebody else. Numbers stay
// text, as those of counters are more exact than a double.
#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace kilometric::tool {

using Json = rapidjson::Document;
using JsonValue = rapidjson::Value;

/// Throws Failure when it is no JSON. `who`: what is named then.
Json parse_json(std::string_view text, std::string_view who);

/// The member of that name, or nullptr; also of what is no object.
const JsonValue* find(const JsonValue& value, const char* name);

/// Of a string, a number, or a boolean; empty of anything else, here and below.
std::string text_of(const JsonValue& value);
std::string text_of(const JsonValue& value, const char* name);

/// Of a number; empty of a text that is none.
std::string number_text(const JsonValue& value, const char* name);

/// 0 when it is none.
int64_t whole_of(const JsonValue& value, const char* name);
double number_of(const JsonValue& value, const char* name);

}  // namespace kilometric::tool
