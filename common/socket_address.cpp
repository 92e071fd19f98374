#include "common/socket_address.h"

#include <netdb.h>
#include <netinet/in.h>

#include <string_view>

namespace kilometric {
namespace {

socklen_t size_of(sa_family_t family) {
  if (family == AF_INET) return sizeof(sockaddr_in);
  return family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
}

}  // namespace

std::string address_text(const sockaddr& address) {
  constexpr std::string_view kMapped = "::ffff:";
  char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
  const socklen_t size = size_of(address.sa_family);
  if (size == 0 ||
      getnameinfo(&address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "unknown";
  std::string_view text = host;
  const bool mapped = text.starts_with(kMapped) && text.find('.') != std::string_view::npos;
  if (mapped) text.remove_prefix(kMapped.size());
  const bool brackets = address.sa_family == AF_INET6 && !mapped;
  return (brackets ? "[" : "") + std::string(text) + (brackets ? "]:" : ":") + port;
}

}  // namespace kilometric
