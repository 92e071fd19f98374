#include "ingestd/send/entry_command.h"

#include "common/redis/command.h"

namespace kilometric {

void EntryCommand::set_id(std::string_view id) {
  id_.clear();
  append_argument(id_, id);
}

std::string_view EntryCommand::text(std::string_view key, const Delta& delta) {
  const size_t fields = write_rest(key, delta);
  if (fields != fields_) {
    write_start(fields);
    write_rest(key, delta);
  }
  return text_;
}

void EntryCommand::write_start(size_t fields) {
  text_.clear();
  append_command(text_, 3 + 2 * fields);
  append_argument(text_, "XADD");
  start_bytes_ = text_.size();
  fields_ = fields;
}

/// Returns the number of fields.
size_t EntryCommand::write_rest(std::string_view key, const Delta& delta) {
  text_.resize(start_bytes_);
  append_argument(text_, text_of(delta.kind()).stream_prefix, key);
  text_.append(id_);
  size_t fields = 0;
  delta.fields([&](std::string_view name, std::string_view value) {
    append_argument(text_, name);
    append_argument(text_, value);
    ++fields;
  });
  return fields;
}

}  // namespace kilometric
