#include "readerd/api/page_origin.h"

#include <uv.h>

#include <string>

namespace kilometric {
namespace {

/// "localhost:3001" -> "localhost", "[::1]:3001" -> "::1".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view host) {
  unsigned char any[16];
  const std::string text(host);
  return uv_inet_pton(AF_INET, text.c_str(), any) == 0 || uv_inet_pton(AF_INET6, text.c_str(), any) == 0;
}

}  // namespace

bool may_delete(std::string_view origin, std::string_view host, std::string_view allowed) {
  if (origin.empty() || origin == allowed) return true;
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos || origin.substr(scheme + 3) != host) return false;
  const std::string_view name = without_port(host);
  return name == "localhost" || is_address(name);
}

}  // namespace kilometric
