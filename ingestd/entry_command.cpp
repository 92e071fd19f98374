#include "ingestd/entry_command.h"

#include <fmt/format.h>

#include "common/layout.h"

namespace kilometric {
namespace {

/// "$<bytes>\r\n": what comes before the bytes of an argument.
void append_length(std::string& text, size_t bytes) {
  const fmt::format_int digits(bytes);
  text.push_back('$');
  text.append(digits.data(), digits.size());
  text.append("\r\n", 2);
}

void append_argument(std::string& text, std::string_view argument) {
  append_length(text, argument.size());
  text.append(argument);
  text.append("\r\n", 2);
}

}  // namespace

void EntryCommand::set_id(std::string_view id) {
  id_and_field_.clear();
  append_argument(id_and_field_, id);
  append_argument(id_and_field_, layout::kCountField);
}

std::string_view EntryCommand::text(std::string_view key, const Amount& delta) {
  text_.assign("*5\r\n$4\r\nXADD\r\n");
  append_length(text_, layout::kStreamPrefix.size() + key.size());
  text_.append(layout::kStreamPrefix);
  text_.append(key);
  text_.append("\r\n", 2);
  text_.append(id_and_field_);
  append_argument(text_, to_text(delta));
  return text_;
}

}  // namespace kilometric
