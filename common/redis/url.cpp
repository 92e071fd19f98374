#include "common/redis/url.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace kilometric {
namespace {

[[noreturn]] void refuse(const char* reason) { throw std::invalid_argument(reason); }

/// Takes `scheme` off the front of `text`, whatever its case (RFC 3986, 3.1).
bool take_scheme(std::string_view& text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); ++i)
    if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]) != scheme[i]) return false;
  text.remove_prefix(scheme.size());
  return true;
}

/// Splits at `at`; what follows the separator, nothing when there is none.
std::string_view take_behind(std::string_view& text, size_t at) {
  if (at == text.npos) return {};
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

template <class Number>
Number number(std::string_view text, const char* reason) {
  Number value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error != std::errc{}) refuse(reason);
  return value;
}

/// %XX only: a '+' stands for itself here, unlike in a query.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
      refuse("a '%' is not followed by two hex digits (write a '%' itself as %25)");
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

/// `at`: where the '@' stands that ends user and password.
void take_user(std::string_view& text, size_t at, RedisUrl& url) {
  if (at == text.npos) return;
  std::string_view user = text.substr(0, at);
  text.remove_prefix(at + 1);
  url.password = percent_decoded(take_behind(user, user.find(':')));
  url.user = percent_decoded(user);
}

RedisUrl::Host parse_host(std::string_view text, uint16_t default_port) {
  RedisUrl::Host host{"", default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == text.npos) refuse("a '[' without its ']'");
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') refuse("only a port may follow the ']'");
    host.name = text.substr(1, close - 1);
  } else {
    const size_t colon = text.find(':');
    port = colon == text.npos ? std::string_view{} : text.substr(colon);
    host.name = text.substr(0, colon);
    if (port.find(':', 1) != port.npos) refuse("an IPv6 address must stand in [brackets]");
  }
  if (host.name.empty()) refuse("the host is missing");
  if (host.name.size() > 255) refuse("the host is longer than 255 bytes");
  if (host.name.find_first_of("[]?#\\\"<>") != host.name.npos) refuse("the host is not a name or address");
  if (port.empty()) return host;
  host.port = number<uint16_t>(port.substr(1), "the port is not a number from 1 to 65535");
  if (host.port == 0) refuse("the port is not a number from 1 to 65535");
  return host;
}

RedisUrl parse_tcp(std::string_view text) {
  RedisUrl url;
  take_user(text, text.rfind('@'), url);  // the last: a raw '@' or '/' in a password does no harm
  if (text.find_first_of("?#") != text.npos) refuse("nothing may follow the database's number");
  const std::string_view db = take_behind(text, text.find('/'));
  const RedisUrl::Host host = parse_host(text, url.port);
  url.host = host.name;
  url.port = host.port;
  if (!db.empty()) url.db = number<unsigned>(db, "the database is not a number");
  return url;
}

constexpr uint16_t kSentinelPort = 26'379;

/// What Redis' own documentation allows.
bool is_primary_name(std::string_view text) {
  const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), good);
}

void take_sentinel_user(std::string_view query, RedisUrl& url) {
  while (!query.empty()) {
    std::string_view parameter = query;
    query = take_behind(parameter, parameter.find('&'));
    const std::string_view value = take_behind(parameter, parameter.find('='));
    if (parameter == "sentinel-user")
      url.sentinel_user = percent_decoded(value);
    else if (parameter == "sentinel-password")
      url.sentinel_password = percent_decoded(value);
    else
      refuse("the only parameters are sentinel-user and sentinel-password");
  }
}

std::vector<RedisUrl::Host> parse_hosts(std::string_view text, uint16_t default_port) {
  std::vector<RedisUrl::Host> hosts;
  for (bool more = true; more;) {
    more = text.find(',') != text.npos;
    std::string_view host = text;
    text = take_behind(host, host.find(','));
    hosts.push_back(parse_host(host, default_port));
  }
  return hosts;
}

RedisUrl parse_sentinels(std::string_view text) {
  RedisUrl url;
  url.host.clear();
  take_user(text, text.rfind('@'), url);
  take_sentinel_user(take_behind(text, text.find('?')), url);
  std::string_view name = take_behind(text, text.find('/'));
  const std::string_view db = take_behind(name, name.find('/'));
  if (!is_primary_name(name))
    refuse("behind the sentinels stands a '/' and the primary's name, of letters, digits and '.-_'");
  url.primary = name;
  if (!db.empty()) url.db = number<unsigned>(db, "the database is not a number");
  url.sentinels = parse_hosts(text, kSentinelPort);
  if (url.sentinels.size() > RedisUrl::kMostSentinels) refuse("there are more than 16 sentinels");
  return url;
}

/// A cluster has database 0 alone.
RedisUrl parse_cluster(std::string_view text) {
  RedisUrl url;
  const uint16_t port = url.port;
  url.host.clear();
  take_user(text, text.rfind('@'), url);
  if (text.find_first_of("?#") != text.npos) refuse("nothing may follow the cluster's nodes");
  const std::string_view db = take_behind(text, text.find('/'));
  if (!db.empty() && db != "0") refuse("a cluster has no database but 0: its nodes end the URL");
  url.nodes = parse_hosts(text, port);
  if (url.nodes.size() > RedisUrl::kMostNodes) refuse("there are more than 16 nodes; the others are found");
  return url;
}

RedisUrl parse_unix(std::string_view text) {
  RedisUrl url;
  url.host.clear();
  if (!text.starts_with('/')) take_user(text, text.find("@/"), url);
  std::string_view query = take_behind(text, text.find('?'));
  if (!text.starts_with('/')) refuse("the socket's path must begin with '/', as in unix:///run/redis.sock");
  if (text.find("@/") != text.npos) refuse("a second '@/': write a '@' in a password or path as %40");
  url.path = percent_decoded(text);
  if (url.path.find('\0') != url.path.npos) refuse("the socket's path holds a NUL");
  if (url.path.size() >= sizeof(sockaddr_un::sun_path)) refuse("the socket's path is longer than 107 bytes");
  if (query.empty()) return url;
  if (!query.starts_with("db=")) refuse("the only parameter is db, as in ?db=1");
  url.db = number<unsigned>(query.substr(3), "the database is not a number");
  return url;
}

RedisUrl by_tls(RedisUrl url) {
  url.tls = true;
  return url;
}

}  // namespace

std::string RedisUrl::Host::text() const {
  const bool ipv6 = name.find(':') != name.npos;
  return fmt::format("{}:{}", ipv6 ? "[" + name + "]" : name, port);
}

RedisUrl RedisUrl::parse(std::string_view text) {
  const auto bad = [](unsigned char c) { return c <= 0x20 || c == 0x7F; };
  if (std::any_of(text.begin(), text.end(), bad)) refuse("it holds a blank or a control character");
  if (take_scheme(text, "redis://")) return parse_tcp(text);
  if (take_scheme(text, "unix://")) return parse_unix(text);
  if (take_scheme(text, "redis-sentinel://")) return parse_sentinels(text);
  if (take_scheme(text, "rediss://")) return by_tls(parse_tcp(text));
  if (take_scheme(text, "rediss-sentinel://")) return by_tls(parse_sentinels(text));
  if (take_scheme(text, "redis-cluster://")) return parse_cluster(text);
  if (take_scheme(text, "rediss-cluster://")) return by_tls(parse_cluster(text));
  refuse(
      "it must begin with redis://, rediss://, redis-sentinel://, rediss-sentinel://, redis-cluster://, "
      "rediss-cluster:// or unix://");
}

std::string RedisUrl::display() const {
  if (!path.empty()) return "unix://" + path + (db != 0 ? "?db=" + std::to_string(db) : "");
  const char* const scheme = tls ? "rediss" : "redis";
  const auto joined = [](const std::vector<Host>& hosts) {
    std::string text;
    for (const Host& one : hosts) text += (text.empty() ? "" : ",") + one.text();
    return text;
  };
  if (!nodes.empty()) return fmt::format("{}-cluster://{}", scheme, joined(nodes));
  if (sentinels.empty()) return fmt::format("{}://{}/{}", scheme, Host{host, port}.text(), db);
  return fmt::format("{}-sentinel://{}/{}/{}", scheme, joined(sentinels), primary, db);
}

}  // namespace kilometric
