#include "ingestd/send/entry_command.h"

#include "common/redis/command.h"
#include "common/redis/layout.h"

namespace kilometric {

EntryCommand::EntryCommand() {
  append_command(text_, 5);
  append_argument(text_, "XADD");
  start_bytes_ = text_.size();
}

void EntryCommand::set_id(std::string_view id) {
  id_and_field_.clear();
  append_argument(id_and_field_, id);
  append_argument(id_and_field_, layout::kCountField);
}

std::string_view EntryCommand::text(std::string_view key, const Amount& delta) {
  text_.resize(start_bytes_);
  append_argument(text_, layout::kStreamPrefix, key);
  text_.append(id_and_field_);
  append_argument(text_, to_text(delta));
  return text_;
}

}  // namespace kilometric
