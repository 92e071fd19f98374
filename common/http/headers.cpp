#include "common/http/headers.h"

#include <strings.h>

#include <algorithm>

namespace kilometric {

std::string_view HttpHeaders::find(std::string_view lowercase_name) const {
  for (const Field& field : fields_)
    if (named(field, lowercase_name)) return value_of(field);
  return {};
}

std::string HttpHeaders::list(std::string_view lowercase_name) const {
  std::string text;
  for (const Field& field : fields_)
    if (named(field, lowercase_name)) text.append(text.empty() ? "" : ", ").append(value_of(field));
  return text;
}

size_t HttpHeaders::count(std::string_view lowercase_name) const {
  return static_cast<size_t>(std::count_if(fields_.begin(), fields_.end(),
                                           [&](const Field& field) { return named(field, lowercase_name); }));
}

void HttpHeaders::add_to_name(size_t at, size_t size) {
  if (!open_) fields_.push_back({static_cast<uint32_t>(at), 0, 0, 0});
  open_ = true;
  fields_.back().name_size += static_cast<uint32_t>(size);
}

void HttpHeaders::add_to_value(size_t at, size_t size) {
  Field& field = fields_.back();
  if (field.value_size == 0) field.value = static_cast<uint32_t>(at);
  field.value_size += static_cast<uint32_t>(size);
}

void HttpHeaders::clear() {
  fields_.clear();
  open_ = false;
}

std::string_view HttpHeaders::value_of(const Field& field) const {
  std::string_view value(head_.data() + field.value, field.value_size);
  const size_t first = std::min(value.find_first_not_of(" \t"), value.size());
  value.remove_prefix(first);
  return value.substr(0, value.find_last_not_of(" \t") + 1);
}

bool HttpHeaders::named(const Field& field, std::string_view lowercase_name) const {
  return field.name_size == lowercase_name.size() &&
         strncasecmp(head_.data() + field.name, lowercase_name.data(), field.name_size) == 0;
}

}  // namespace kilometric
