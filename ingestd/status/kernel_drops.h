// The datagrams that the kernel dropped because a socket's queue was full. Any child process can tell: it has
// inherited all sockets.
#pragma once

#include <cstdint>

#include "common/settings/settings.h"

namespace kilometric {

/// Since each socket was opened, over all sockets that take datagrams.
uint64_t kernel_drops(const Settings& settings) noexcept;

}  // namespace kilometric
