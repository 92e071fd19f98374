// The header fields of one request, as places in the text of its head.
//
// HttpRequestText owns both; the parser adds fields as llhttp finds them, and a handler finds values by name
// through its HttpRequest. A field that is not there is empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kilometric {

class HttpHeaders {
 public:
  explicit HttpHeaders(const std::string& head) : head_(head) {}

  /// The first field of that name, outer blanks removed; empty when absent.
  std::string_view find(std::string_view lowercase_name) const;
  /// All fields of that name as one list.
  std::string list(std::string_view lowercase_name) const;
  size_t count(std::string_view lowercase_name) const;

  /// A name or value may come in several pieces, which follow each other in the head.
  void add_to_name(size_t at, size_t size);
  void add_to_value(size_t at, size_t size);
  void end_field() { open_ = false; }

  void clear();
  size_t bytes() const { return fields_.capacity() * sizeof(Field); }

 private:
  struct Field {
    uint32_t name, name_size, value, value_size;  // the head is far below 4 GiB
  };
  std::string_view value_of(const Field& field) const;
  bool named(const Field& field, std::string_view lowercase_name) const;

  const std::string& head_;
  std::vector<Field> fields_;
  bool open_ = false;  ///< the last field still grows
};

}  // namespace kilometric
