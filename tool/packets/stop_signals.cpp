#include "tool/packets/stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>

namespace kilometric::tool {
namespace {

int signal_descriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

StopSignals::StopSignals() : socket_(signal_descriptor()) {}

bool StopSignals::await(std::chrono::nanoseconds patience) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  pollfd entry{descriptor(), POLLIN, 0};
  for (auto left = patience;; left = until - std::chrono::steady_clock::now()) {
    left = std::max(left, std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec wait{seconds.count(), (left - seconds).count()};
    const int ready = ppoll(&entry, 1, &wait, nullptr);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace kilometric::tool
