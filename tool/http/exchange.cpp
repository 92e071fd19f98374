#include "tool/http/exchange.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "tool/failure.h"

namespace kilometric::tool {

Exchange::Exchange(const Url& url, std::string_view method, std::string_view target)
    : url_(url), socket_(dial(url, kDialPatience)) {
  send(fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: kilometric/" KILOMETRIC_VERSION
                   "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                   method, url.path, target, url.authority()));
}

void Exchange::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0)
      text.remove_prefix(static_cast<size_t>(sent));
    else if (errno != EAGAIN || !await_writable(descriptor(), kPatience))
      throw Failure(kUnreachable, url_.text() + " hung up: " + std::generic_category().message(errno));
  }
}

bool Exchange::receive() {
  std::array<char, 64 << 10> buffer;
  while (!complete()) {
    const ssize_t got = recv(descriptor(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got < 0)
      throw Failure(kUnreachable, url_.text() + " hung up: " + std::generic_category().message(errno));
    if (got == 0) {
      parser_.end();
      break;
    }
    parser_.feed({buffer.data(), static_cast<size_t>(got)});
    if (answer().body.size() > kMostBodyBytes)
      throw Failure(kNothing, "the answer is longer than 256 MiB; ask for less, or use curl");
  }
  return !complete();
}

void Exchange::wait_and_receive() {
  if (!await_readable(descriptor(), kPatience))
    throw Failure(kUnreachable,
                  fmt::format("{} has not answered for {} s", url_.text(), kPatience.count() / 1000));
  receive();
}

HttpAnswer& Exchange::await_head() {
  while (!parser_.head_complete() && !complete()) wait_and_receive();
  return parser_.answer();
}

HttpAnswer& Exchange::await_all() {
  while (!complete()) wait_and_receive();
  return parser_.answer();
}

}  // namespace kilometric::tool
