#include "tests/bench/answers.h"

#include <strings.h>

#include <charconv>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

unsigned status_of(std::string_view head) {
  unsigned status = 0;
  if (head.size() < 12 || !head.starts_with("HTTP/1.") ||
      std::from_chars(head.data() + 9, head.data() + 12, status).ec != std::errc{} || status < 100 ||
      status > 599) {
    throw std::runtime_error("this is no HTTP answer: " + std::string(head.substr(0, 40)));
  }
  return status;
}

size_t body_bytes(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length:";
  for (size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
    if (head.size() - at <= name.size() || strncasecmp(head.data() + at, name.data(), name.size()) != 0)
      continue;
    size_t value = head.find_first_not_of(' ', at + name.size());
    size_t bytes = 0;
    if (value == head.npos) break;
    std::from_chars(head.data() + value, head.data() + head.size(), bytes);
    return bytes;
  }
  return 0;
}

/// The first answer's length in bytes; 0 when it is not whole.
size_t answer_bytes(std::string_view bytes, unsigned& status) {
  const size_t end = bytes.find(kHeadEnd);
  if (end == bytes.npos) return 0;
  status = status_of(bytes);
  const size_t total = end + kHeadEnd.size() + body_bytes(bytes.substr(0, end));
  return total <= bytes.size() ? total : 0;
}

}  // namespace

size_t Answers::take(std::string_view bytes, Statuses& statuses) {
  if (!rest_.empty()) bytes = rest_.append(bytes);
  size_t count = 0;
  unsigned status = 0;
  while (const size_t taken = answer_bytes(bytes, status)) {
    ++statuses[status];
    ++count;
    bytes.remove_prefix(taken);
  }
  rest_ = std::string(bytes);
  return count;
}

}  // namespace bench
