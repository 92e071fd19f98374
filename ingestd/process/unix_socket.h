// Sockets that have a path instead of a port.
//
// Called by the supervisor's Sockets at the start. What cannot be bound is a BindError, one line that names the
// setting. A socket's file that a dead process left is replaced; that of a living one never is.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace kilometric {

/// A bound, non-blocking, close-on-exec socket: SOCK_DGRAM, or SOCK_STREAM, which listens; its file has `mode`,
/// whatever the umask, and never more. The caller owns the descriptor.
int open_unix_socket(int type, const std::string& path, mode_t mode, const char* setting);

/// Whether there is a file of a socket.
bool is_socket_file(const std::string& path) noexcept;

/// How many datagrams the kernel lets wait in a unix socket before it holds up who sends.
size_t unix_queue_datagrams();

}  // namespace kilometric
