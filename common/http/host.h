// The Host header, for answers that lead to another port of the same host.
//
// ingestd's routes call it with what a client sent. What is no host may not be repeated: they then name their
// own address.
#pragma once

#include <algorithm>
#include <string_view>

namespace kilometric {

/// "example.com:3000" -> "example.com"; the brackets of an IPv6 address stay: "[::1]:3000" -> "[::1]".
inline std::string_view without_port(std::string_view host) {
  const size_t bracket = host.rfind(']');
  return host.substr(0, host.find(':', bracket == host.npos ? 0 : bracket));
}

/// Whether `host` holds nothing but what a host is made of. Only then may an answer repeat it.
inline bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace kilometric
