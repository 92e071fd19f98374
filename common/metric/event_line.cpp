#include "common/metric/event_line.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "common/utf8.h"

namespace kilometric {
namespace {

/// UTF-8 without control characters, but for the tab and the carriage return.
bool is_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7F) return false;
    const size_t size = utf8_size(text);
    const bool c1_control = byte == 0xC2 && size == 2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (size == 0 || c1_control) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Cuts a length and what ends it off `rest`; nullopt when there is none, or one that no event has.
std::optional<size_t> take_length(std::string_view& rest, std::string_view end) noexcept {
  const size_t digits = std::min(rest.find(end), rest.size());
  size_t length = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + digits, length);
  if (digits == rest.size() || error != std::errc() || stop != rest.data() + digits ||
      length > EventLine::kMostBytes)
    return std::nullopt;
  rest.remove_prefix(digits + end.size());
  return length;
}

/// Whether `rest` is over, or another section follows.
bool ends(std::string_view rest) noexcept { return rest.empty() || rest.front() == '|'; }

std::string_view cut(std::string_view& rest, size_t bytes) noexcept {
  const std::string_view head = rest.substr(0, bytes);
  rest.remove_prefix(head.size());
  return head;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

EventFault EventLine::parse(std::string_view line) noexcept {
  const bool of_check = line.starts_with(kCheckMark);
  const EventFault fault = of_check ? EventFault::bad_check : EventFault::bad_event;
  values_ = {};
  if (line.size() > kMostBytes) return EventFault::too_long;
  if (!is_text(line)) return fault;
  std::string_view rest = line.substr((of_check ? kCheckMark : kEventMark).size());
  if (!(of_check ? take_check(rest) : take_event(rest))) return fault;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the bar before it
    take_section(cut(rest, rest.find('|')), of_check);
  }
  return EventFault::none;
}

/// `5,9}:title|some text`
bool EventLine::take_event(std::string_view& rest) noexcept {
  const std::optional<size_t> title_bytes = take_length(rest, ",");
  const std::optional<size_t> text_bytes = title_bytes ? take_length(rest, "}:") : std::nullopt;
  if (!text_bytes || *title_bytes == 0 || rest.size() < *title_bytes + 1 + *text_bytes) return false;
  values_[title] = cut(rest, *title_bytes);
  if (cut(rest, 1) != "|") return false;
  values_[text] = cut(rest, *text_bytes);
  return ends(rest);
}

/// `redis.up|2`
bool EventLine::take_check(std::string_view& rest) noexcept {
  values_[check] = cut(rest, rest.find('|'));
  if (values_[check].empty() || rest.size() < 2) return false;
  rest.remove_prefix(1);
  values_[status] = cut(rest, 1);
  return values_[status] >= "0" && values_[status] <= "3" && ends(rest);
}

void EventLine::take_section(std::string_view section, bool of_check) noexcept {
  struct Mark {
    std::string_view text;
    Field field;
    bool of_event, of_check;
  };
  static constexpr Mark kMarks[] = {{"d:", date, true, true},    {"h:", host, true, true},
                                    {"k:", key, true, false},    {"p:", priority, true, false},
                                    {"s:", source, true, false}, {"t:", alert, true, false},
                                    {"#", tags, true, true},     {"m:", message, false, true}};
  for (const Mark& mark : kMarks) {
    if (!(of_check ? mark.of_check : mark.of_event) || !section.starts_with(mark.text)) continue;
    const std::string_view value = section.substr(mark.text.size());
    if (!value.empty() && (mark.field != date || is_digits(value))) values_[mark.field] = value;
  }
}

/// As it was meant.
std::string EventLine::plain(size_t field) const {
  std::string plain(values_[field]);
  if (field == title || field == text || field == message) replace_all(plain, "\\n", "\n");
  if (field == message) replace_all(plain, "m\\:", "m:");
  return plain;
}

}  // namespace kilometric
