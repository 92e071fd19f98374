// Sockets, bound by the process that starts and inherited by those that serve.
//
// Called at the start: by ingestd's supervisor and by readerd's main(). What cannot be bound is a BindError,
// which ends the process with status 69 and one line on stderr.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace kilometric {

/// A port in use, an address that is not ours: one line that names the setting and says what to do.
class BindError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Protocol { udp, tcp };

/// "127.0.0.1" and "::1", as far as this machine has them; the first alone when it has neither.
std::vector<std::string> loopback_addresses();

/// Throws BindError when any other socket is bound there, one with SO_REUSEPORT included (without
/// this, two ingestd would share a port and split the traffic in silence).
void check_port_free(Protocol protocol, const std::string& address, uint16_t port, const char* setting);

/// A bound (UDP) or listening (TCP) non-blocking, close-on-exec socket with SO_REUSEPORT; "::" is
/// dual stack. The caller owns the descriptor. Throws BindError.
int open_socket(Protocol protocol, const std::string& address, uint16_t port, const char* setting);

/// Raises this process' limit as far as it may: a shell's usual 1,024 descriptors are too few for
/// 10,000 connections.
void allow_many_descriptors();

}  // namespace kilometric
