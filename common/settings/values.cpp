#include "common/settings/values.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "common/cores.h"
#include "common/listen.h"
#include "common/settings/settings.h"

namespace kilometric::values {
namespace {

[[noreturn]] void refuse(const char* reason) { throw std::invalid_argument(reason); }

}  // namespace

uint64_t whole_number(std::string_view text, uint64_t least, uint64_t most) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) refuse("not a whole number");
  if (error != std::errc{} || number < least || number > most) refuse("out of range");
  return number;
}

double decimal_number(std::string_view text, double least, double most) {
  // from_chars would also take "inf" and "nan".
  const bool spelled = text.find_first_not_of("-.0123456789") != text.npos;
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (spelled || stop != end || error == std::errc::invalid_argument) refuse("not a number");
  if (error != std::errc{} || number < least || number > most) refuse("out of range");
  return number;
}

uint16_t port_number(std::string_view text) { return static_cast<uint16_t>(whole_number(text, 1, 65535)); }

uint16_t port_or_none(std::string_view text) { return text == "none" ? 0 : port_number(text); }

std::string numeric_address(std::string_view text) {
  const std::string address(text);
  in6_addr any;  // room for either family
  const int family = inet_pton(AF_INET, address.c_str(), &any) == 1    ? AF_INET
                     : inet_pton(AF_INET6, address.c_str(), &any) == 1 ? AF_INET6
                                                                       : AF_UNSPEC;
  if (family == AF_UNSPEC) refuse("not a numeric IPv4 or IPv6 address");
  char usual[INET6_ADDRSTRLEN];  // one address, one spelling
  return inet_ntop(family, &any, usual, sizeof usual);
}

std::vector<std::string> addresses(std::string_view text) {
  std::vector<std::string> found;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view one = text.substr(begin, end - begin);
    const auto named = one == "localhost" ? loopback_addresses() : std::vector{numeric_address(one)};
    for (const std::string& address : named)
      if (!std::ranges::count(found, address)) found.push_back(address);
    begin = end + 1;
  }
  if (found.size() > kMostAddresses) refuse("too many addresses");
  return found;
}

unsigned worker_count(std::string_view text) {
  if (text == "cores") return std::min(usable_cores(), kMostWorkers);
  return static_cast<unsigned>(whole_number(text, 1, kMostWorkers));
}

std::filesystem::path folder(std::string_view text) {
  if (text.empty()) refuse("empty");
  return std::filesystem::absolute(text).lexically_normal();
}

std::string file(std::string_view text, std::string_view without) {
  return text == without ? "" : folder(text).string();
}

std::filesystem::path socket_path(std::string_view text) {
  if (text == "none") return {};
  std::filesystem::path path = folder(text);
  if (path.native().size() >= sizeof sockaddr_un{}.sun_path) refuse("too long for the path of a socket");
  if (path.native().find('\0') != std::string::npos) refuse("not a path");
  return path;
}

unsigned file_mode(std::string_view text) {
  unsigned mode = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
  if (stop != end || error == std::errc::invalid_argument) refuse("not an octal number");
  if (error != std::errc{} || mode > 0777 || (mode & 0600) != 0600) refuse("out of range");
  return mode;
}

std::optional<std::chrono::hours> retention(std::string_view text, std::chrono::hours least) {
  if (text == "keep") return std::nullopt;
  const char unit = text.empty() ? ' ' : text.back();
  const uint64_t hours = unit == 'h' ? 1 : unit == 'd' ? 24 : unit == 'w' ? 7 * 24 : unit == 'y' ? 365 * 24 : 0;
  if (hours == 0) refuse("neither keep nor a number with its unit");
  constexpr uint64_t kMost = 1000 * 365 * 24;
  const auto fewest = static_cast<uint64_t>(least.count());
  return std::chrono::hours(
      hours * whole_number(text.substr(0, text.size() - 1), (fewest + hours - 1) / hours, kMost / hours));
}

std::string log_level(std::string_view text) {
  for (const std::string_view level : {"debug", "info", "warning", "error"})
    if (text == level) return std::string(level);
  refuse("not a log level");
}

std::vector<std::string> tag_names(std::string_view text) {
  std::vector<std::string> names;
  if (text == "keep" || text == "drop") return names;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    if (name.empty() || name.find_first_of(";!^=") != std::string_view::npos) refuse("not a tag's name");
    names.emplace_back(name);
    begin = end + 1;
  }
  return names;
}

char mark_of_tags(std::string_view text) {
  if (text == "none") return '\0';
  if (text == "influxdb") return ',';
  if (text == "librato") return '#';
  if (text == "signalfx") return '[';
  refuse("not a style of tags");
}

bool on_or_off(std::string_view text) {
  if (text != "on" && text != "off") refuse("neither on nor off");
  return text == "on";
}

bool is_delta(std::string_view text) {
  if (text != "delta" && text != "absolute") refuse("neither delta nor absolute");
  return text == "delta";
}

GraphiteNames graphite_names(std::string_view text) {
  if (text == "plain") return GraphiteNames::plain;
  if (text == "statsd") return GraphiteNames::statsd;
  if (text != "legacy") refuse("neither plain nor statsd nor legacy");
  return GraphiteNames::legacy;
}

std::string origin(std::string_view text) {
  if (text == "none") return {};
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  const bool schemed = text.starts_with("http://") || text.starts_with("https://");
  if (text != "*" && (!schemed || text.ends_with('/') || !std::ranges::all_of(text, printable)))
    refuse("not an origin");
  return std::string(text);
}

}  // namespace kilometric::values
