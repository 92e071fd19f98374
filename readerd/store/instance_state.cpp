#include "readerd/store/instance_state.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/metric/number.h"
#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

constexpr std::array kFields{layout::kVersionField,    layout::kHostField,  layout::kBusiestField,
                             layout::kIntervalField,   layout::kToldField,  layout::kStartedField,
                             layout::kPendingField,    layout::kSpoolField, layout::kDropsField,
                             layout::kAppendOnlyField, layout::kLinesField, layout::kRejectedField};

/// What is before the next `mark`, which is taken off with it; nullopt when there is none.
std::optional<std::string_view> take_until(std::string_view& text, char mark) {
  const size_t end = text.find(mark);
  if (end == text.npos) return std::nullopt;
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

/// "accepted 42 bad_value 1"
std::optional<InstanceState::Lines> parse_lines(std::string_view text) {
  InstanceState::Lines lines;
  std::string rest(text);
  rest += ' ';
  for (std::string_view left = rest; !left.empty();) {
    const auto name = take_until(left, ' '), digits = take_until(left, ' ');
    const auto count = parse_digits(digits.value_or(""));
    const bool named =
        name && !name->empty() && name->find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name->npos;
    if (!named || !count || lines.size() == InstanceState::kMostOutcomes) return std::nullopt;
    lines.emplace_back(*name, *count);
  }
  return lines;
}

std::optional<BadLine> parse_bad_line(std::string_view row) {
  std::array<std::string_view, 6> fields;
  for (std::string_view& field : fields) {
    const auto taken = take_until(row, '\t');
    if (!taken) return std::nullopt;
    field = *taken;
  }
  const auto time = parse_digits(fields[0]), bytes = parse_digits(fields[5]);
  if (!time || !bytes) return std::nullopt;
  return BadLine{
      *time,  std::string(fields[1]), std::string(fields[2]), std::string(fields[3]), std::string(fields[4]),
      *bytes, std::string(row)};
}

std::optional<std::vector<BadLine>> parse_rejected(std::string_view text) {
  if (text.size() > InstanceState::kMostRejectedBytes) return std::nullopt;
  std::vector<BadLine> lines;
  while (const auto row = take_until(text, '\n')) {
    auto line = parse_bad_line(*row);
    if (!line) return std::nullopt;
    lines.push_back(*std::move(line));
  }
  return lines;
}

/// nullopt of a text that is empty, as of one that is too long.
std::optional<std::string> short_text(std::string_view text) {
  if (text.empty() || text.size() > InstanceState::kMostTextBytes) return std::nullopt;
  return std::string(text);
}

}  // namespace

std::vector<std::string> InstanceState::command(const std::string& instance) {
  std::vector<std::string> command{"HMGET", layout::instance_name(instance)};
  command.insert(command.end(), kFields.begin(), kFields.end());
  return command;
}

std::optional<InstanceState> InstanceState::parse(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != kFields.size()) return std::nullopt;
  const auto field = [&](std::string_view name) {
    return reply.element[std::ranges::find(kFields, name) - kFields.begin()];
  };
  const auto text = [&](std::string_view name) { return reply_text(field(name)); };
  const auto is_there = [&](std::string_view name) { return field(name)->type == REDIS_REPLY_STRING; };
  InstanceState state;
  state.version = short_text(text(layout::kVersionField));
  state.host = short_text(text(layout::kHostField));
  state.busiest = short_text(text(layout::kBusiestField));
  if (const auto seconds = parse_double(text(layout::kIntervalField)); seconds && *seconds > 0)
    state.interval = seconds;
  state.told_ms = parse_digits(text(layout::kToldField));
  state.started_ms = parse_digits(text(layout::kStartedField));
  state.pending = parse_digits(text(layout::kPendingField));
  state.spool_bytes = parse_digits(text(layout::kSpoolField));
  state.drops = parse_digits(text(layout::kDropsField));
  state.append_only = parse_digits(text(layout::kAppendOnlyField));
  if (is_there(layout::kLinesField)) state.lines = parse_lines(text(layout::kLinesField));
  if (is_there(layout::kRejectedField)) state.rejected = parse_rejected(text(layout::kRejectedField));
  return state;
}

}  // namespace kilometric
