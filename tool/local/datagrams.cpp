#include "tool/local/datagrams.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "tool/failure.h"
#include "tool/http/url.h"
#include "tool/local/setting.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

Socket connect_to(const std::string& to) {
  const Url url = Url::parse("http://" + to, "--to");  // which has host and port in the same form
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
  if (error != 0) throw Failure(kUnreachable, to + ": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  Socket socket(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.descriptor() < 0 || connect(socket.descriptor(), found->ai_addr, found->ai_addrlen) != 0)
    throw Failure(kUnreachable, to + ": " + std::generic_category().message(errno));
  return socket;
}

}  // namespace

Datagrams::Datagrams(const std::string& to)
    : to_(to.empty() ? "127.0.0.1:" + setting_text("udp-port") : to), socket_(connect_to(to_)) {}

void Datagrams::fail(int error) const {
  throw Failure(kUnreachable, printable(to_) + ": " + std::generic_category().message(error) +
                                  "; is kilometric-ingestd running? --to says where it is");
}

void Datagrams::send(std::string_view datagram) const {
  if (::send(socket_.descriptor(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) fail(errno);
}

void Datagrams::check() const {
  pollfd entry{socket_.descriptor(), 0, 0};  // an error is told in any case
  if (poll(&entry, 1, 50) <= 0) return;
  int error = 0;
  socklen_t bytes = sizeof error;
  getsockopt(socket_.descriptor(), SOL_SOCKET, SO_ERROR, &error, &bytes);
  if (error != 0) fail(error);
}

}  // namespace kilometric::tool
