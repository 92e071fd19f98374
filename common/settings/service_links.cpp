#include "common/settings/service_links.h"

#include <stdexcept>

#include "common/settings/values.h"

namespace kilometric {
namespace {

template <class Read>
bool is_read_by(Read read, std::string_view text) {
  try {
    read(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

/// An IPv6 address stands in brackets.
bool is_host(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  if (bracketed) text = text.substr(1, text.size() - 2);
  return bracketed == (text.find(':') != text.npos) && is_read_by(values::numeric_address, text);
}

/// KILOMETRIC_PORT_3000_TCP, KILOMETRIC_PORT_3000_TCP_ADDR: no setting is named like these.
bool names_a_port(std::string_view name) {
  constexpr std::string_view kMarker = "_PORT_";
  const size_t marker = name.find(kMarker);
  if (marker == name.npos) return false;
  const std::string_view rest = name.substr(marker + kMarker.size());
  return !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
}

}  // namespace

bool is_service_url(std::string_view value) {
  for (const std::string_view scheme : {"tcp://", "udp://", "sctp://"}) {
    if (!value.starts_with(scheme)) continue;
    value.remove_prefix(scheme.size());
    const size_t colon = value.rfind(':');
    return colon != value.npos && is_host(value.substr(0, colon)) &&
           is_read_by(values::port_number, value.substr(colon + 1));
  }
  return false;
}

bool is_service_link(std::string_view name, std::string_view value) {
  return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != name.npos || names_a_port(name) ||
         (name.ends_with("_PORT") && is_service_url(value));
}

}  // namespace kilometric
