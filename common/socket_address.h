// Addresses of sockets as text.
//
// Who shows to an operator where something came from calls it. It has no errors: an address of another family,
// or none at all, is "unknown".
#pragma once

#include <sys/socket.h>

#include <string>

namespace kilometric {

/// "10.0.0.7:5123", "[fe80::1%eth0]:5123"; an IPv4 address that came to an IPv6 socket is an IPv4 address.
/// Requires the whole address to lie there, as long as its family says.
std::string address_text(const sockaddr& address);

}  // namespace kilometric
