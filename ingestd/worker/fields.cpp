#include "ingestd/worker/fields.h"

#include <algorithm>

namespace kilometric {

Fields plain_fields(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const size_t equals = std::min(part.find('='), part.size());
    fields.take(part.substr(0, equals), part.substr(std::min(part.size(), equals + 1)));
  }
  return fields;
}

Fields fields_of(const QueryString& query) {
  Fields fields;
  for (const auto& [name, text] : query.all()) fields.take(name, text);
  return fields;
}

bool has_fields(std::string_view query) {
  const std::optional<QueryString> parsed = QueryString::parse(query);
  return parsed && (parsed->find("key") || parsed->find("value"));
}

bool has_fields_alone(const QueryString& form) {
  Fields fields;
  return std::ranges::all_of(form.all(),
                             [&](const auto& field) { return fields.take(field.first, field.second); });
}

}  // namespace kilometric
