#include "ingestd/status/kernel_drops.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "ingestd/process/listeners.h"

namespace kilometric {
namespace {

uint64_t drops_of(int fd) noexcept {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t bytes = sizeof memory;
  // Newer kernels tell more than the headers know; the length is cut, the drops stay where they are.
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &bytes) != 0) return 0;
  return memory[SK_MEMINFO_DROPS];
}

}  // namespace

uint64_t kernel_drops(const Settings& settings) noexcept {
  uint64_t drops = 0;
  for (size_t row = 0; row < kListeners.size(); ++row) {
    if (kListeners[row].protocol != Protocol::udp || kListeners[row].is_unix()) continue;  // whose senders wait
    for (size_t address = 0; address < settings.bind.size(); ++address)
      for (unsigned i = 0; i < kListeners[row].sockets(settings); ++i)
        drops += drops_of(socket_fd(static_cast<Listener>(row), settings, address, i));
  }
  return drops;
}

}  // namespace kilometric
