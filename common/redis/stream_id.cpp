#include "common/redis/stream_id.h"

#include <charconv>

namespace kilometric {

std::string to_text(const StreamId& id) { return std::to_string(id.ms) + '-' + std::to_string(id.sequence); }

std::optional<uint64_t> parse_digits(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<StreamId> parse_stream_id(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto ms = parse_digits(text.substr(0, dash));
  const auto sequence = parse_digits(text.substr(dash + 1));
  if (!ms || !sequence) return std::nullopt;
  return StreamId{*ms, *sequence};
}

std::optional<StreamId> next_id(const StreamId& id) {
  if (id.sequence != kMostSequence) return StreamId{id.ms, id.sequence + 1};
  if (id.ms != kMostMs) return StreamId{id.ms + 1, 0};
  return std::nullopt;
}

std::optional<StreamId> previous_id(const StreamId& id) {
  if (id.sequence != 0) return StreamId{id.ms, id.sequence - 1};
  if (id.ms != 0) return StreamId{id.ms - 1, kMostSequence};
  return std::nullopt;
}

}  // namespace kilometric
