#include "common/redis/denials.h"

#include <algorithm>
#include <cstring>

#include "common/log.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

constexpr std::string_view kOurs = "kilometric";

std::string printable(std::string_view text) {
  std::string words(text.substr(0, 200));
  std::ranges::replace_if(
      words, [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return words;
}

/// Takes a line from the front, without its end; what is left when there is no end.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 2, text.size()));
  return line;
}

}  // namespace

CommandStart::CommandStart(std::string_view text) noexcept
    : size_(static_cast<unsigned char>(std::min(text.size(), bytes_.size()))) {
  std::memcpy(bytes_.data(), text.data(), size_);
}

/// An argument that holds a line's end is cut there.
std::string CommandStart::words() const {
  std::string_view rest(bytes_.data(), size_);
  take_line(rest);  // how many arguments there are
  std::string words, name;
  while (!rest.empty()) {
    take_line(rest);  // how many bytes the argument has
    const std::string_view argument = take_line(rest);
    if (name.empty()) name = printable(argument);
    words.append(words.empty() ? "" : " ").append(printable(argument));
    if (argument.starts_with(kOurs)) return words + (rest.data() == argument.end() ? "..." : "");
  }
  return name;
}

void Denials::note(const CommandStart& command, const redisReply& reply) {
  if (!is_error(&reply, "NOPERM")) return;
  const std::string words = command.words();
  if (!told_.insert(words.substr(0, words.find('.'))).second) return;
  log_warning("Redis' user may not do {}: {}; docs/operations.md has the rules for it", words,
              printable(reply_text(&reply)));
}

}  // namespace kilometric
