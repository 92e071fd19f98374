#include "ingestd/send/entry_command.h"

#include "common/redis/command.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kBoundArguments = 3;

}  // namespace

EntryCommand::EntryCommand(uint64_t most_events) {
  append_argument(bound_, "MAXLEN");
  append_argument(bound_, "~");
  append_argument(bound_, std::to_string(most_events));
}

void EntryCommand::set_id(std::string_view id) {
  id_.clear();
  append_argument(id_, id);
}

std::string_view EntryCommand::text(std::string_view key, const Delta& delta) {
  return write(delta.kind(), key, [&](auto visit) { delta.fields(visit); });
}

std::string_view EntryCommand::text(const StoredEntry& entry) {
  const std::byte* const begin = entry.delta.data();
  return write(entry.kind, entry.key,
               [&](auto visit) { Delta::fields_of(entry.kind, begin, begin + entry.delta.size(), visit); });
}

template <class Fields>
std::string_view EntryCommand::write(Kind kind, std::string_view key, Fields fields) {
  const size_t arguments = 3 + 2 * write_rest(kind, key, fields) + (kind == Kind::event ? kBoundArguments : 0);
  if (arguments != arguments_) {
    write_start(arguments);
    write_rest(kind, key, fields);
  }
  return std::string_view(text_).substr(0, end_);
}

void EntryCommand::write_start(size_t arguments) {
  std::string start;
  append_command(start, arguments);
  append_argument(start, "XADD");
  end_ = 0;
  start.copy(room(start.size()), start.size());
  start_bytes_ = start.size();
  arguments_ = arguments;
}

/// Returns the number of fields.
template <class Fields>
size_t EntryCommand::write_rest(Kind kind, std::string_view key, Fields fields) {
  end_ = start_bytes_;
  const bool event = kind == Kind::event;
  const std::string_view prefix = event ? layout::kEvents : text_of(kind).stream_prefix;
  if (event) key = {};
  char* const begin = room(kMostFrameBytes + prefix.size() + key.size() + bound_.size() + id_.size());
  char* id = put_argument(begin, prefix, key);
  if (event) id += bound_.copy(id, bound_.size());
  written(id + id_.copy(id, id_.size()));
  size_t count = 0;
  fields([&](std::string_view name, std::string_view value) {
    char* const at = room(2 * kMostFrameBytes + name.size() + value.size());
    written(put_argument(put_argument(at, name), value));
    ++count;
  });
  return count;
}

char* EntryCommand::room(size_t bytes) {
  if (text_.size() - end_ < bytes) text_.resize(2 * (end_ + bytes));
  return text_.data() + end_;
}

}  // namespace kilometric
