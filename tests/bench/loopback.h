// Sockets on 127.0.0.1 or at a path, and nowhere else. Every function throws std::system_error that names the
// call, and run_main() says what it was. The caller owns the descriptor; these programs end soon, so nobody
// closes one.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

sockaddr_in loopback_address(uint16_t port);

/// `count` listeners of `type` (SOCK_DGRAM, SOCK_STREAM) that share a port by SO_REUSEPORT. Port 0: a
/// free one, the same for all.
std::vector<int> listeners(int type, uint16_t port, int count);
uint16_t port_of(int fd);

int connect_to(int type, uint16_t port);

/// A unix datagram socket at `path`, and one that sends there.
int listener_at(const std::string& path);
int connect_to_path(const std::string& path);

/// Throws what errno says when `result` is negative; returns it otherwise.
int check(int result, const std::string& call);

/// What `run` returns; 1 when it throws, and stderr says why.
int run_main(const char* name, int (*run)(int argc, char** argv), int argc, char** argv);

}  // namespace bench
