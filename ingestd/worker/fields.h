// The fields that say what to count, `key=K`, `value=N` and `type=T`, of a URL's query or of a form.
//
// Track takes them from there, and refuses what is given twice, so that nothing is dropped that a client sent.
// They are views of the query, or of its decoded copy, and live as long as that.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/query_string.h"

namespace kilometric {

struct Fields {
  std::optional<std::string_view> key, value, type;
  bool twice = false;  ///< one of them

  /// False when it is none of them.
  bool take(std::string_view name, std::string_view text) {
    std::optional<std::string_view>* const field = named(name);
    if (!field) return false;
    twice |= field->has_value();
    *field = text;
    return true;
  }

 private:
  std::optional<std::string_view>* named(std::string_view name) {
    if (name == "key") return &key;
    if (name == "value") return &value;
    return name == "type" ? &type : nullptr;
  }
};

/// Of a query without escapes: nothing is copied.
Fields plain_fields(std::string_view query);
Fields fields_of(const QueryString& query);

/// Whether a URL's query says what to count.
bool has_fields(std::string_view query);

/// Whether a form holds these fields alone.
bool has_fields_alone(const QueryString& form);

}  // namespace kilometric
