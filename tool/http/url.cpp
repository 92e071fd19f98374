#include "tool/http/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr std::string_view kScheme = "http://";

bool is_port(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, digit) &&
         std::stoul(std::string(text)) - 1 < 65'535;
}

/// Nothing that would end a line or a word of the request.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

Url Url::parse(std::string_view text, std::string_view option) {
  const auto refuse = [&](std::string_view why) {
    throw Failure(kUsage, fmt::format("{} {}: {}; write it as http://host:port", option, printable(text), why));
  };
  if (text.starts_with("https://")) refuse("TLS is not spoken here, so name the reader itself");
  if (!text.starts_with(kScheme)) refuse("it does not begin with http://");
  if (!is_plain(text)) refuse("it holds a blank, or bytes that are no ASCII");
  std::string_view rest = text.substr(kScheme.size());
  Url url;
  const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  url.path = rest.substr(slash);
  if (url.path.find_first_of("?#") != std::string::npos) refuse("it has a query");
  while (url.path.ends_with('/')) url.path.pop_back();
  rest = rest.substr(0, slash);
  if (rest.find('@') != std::string_view::npos) refuse("it holds a password, for which there is no use");
  const bool bracket = rest.starts_with('[');
  const size_t end = bracket ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (end == std::string_view::npos) refuse("a bracket is open");
  url.host = bracket ? rest.substr(1, end - 1) : rest.substr(0, end);
  rest = rest.substr(end + (bracket ? 1 : 0));
  url.port = rest.empty() ? "80" : rest.substr(1);
  if (url.host.empty()) refuse("it names no host");
  if ((!rest.empty() && rest.front() != ':') || !is_port(url.port)) refuse("its port is none from 1 to 65535");
  return url;
}

std::string Url::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace kilometric::tool
