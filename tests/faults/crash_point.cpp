// Dies by SIGKILL at the n-th crash point that this process passes, once:
//
//   CRASH_AT=17                  at the 17th, counted from the start of the process
//   CRASH_ROLE=flusher           only in processes with this role ("flusher" or "worker")
//   CRASH_MARK=/tmp/x/crashed    the file that is made just before; when it exists nobody dies
#include "ingestd/system/crash_point.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace kilometric {
namespace {

/// The crash point to die at; zero: none.
unsigned long chosen() {
  const char *const at = std::getenv("CRASH_AT"), *const role = std::getenv("CRASH_ROLE");
  if (at == nullptr || role == nullptr) return 0;
  std::ifstream file("/proc/self/cmdline");
  const std::string arguments(std::istreambuf_iterator<char>(file), {});
  const std::string wanted = std::string("--role") + '\0' + role;
  return arguments.find(wanted) == std::string::npos ? 0 : std::strtoul(at, nullptr, 10);
}

}  // namespace

void crash_point() noexcept {
  static const unsigned long at = chosen();
  static unsigned long passed = 0;
  if (++passed != at) return;
  const char* const mark = std::getenv("CRASH_MARK");
  if (mark != nullptr && open(mark, O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0) kill(getpid(), SIGKILL);
}

}  // namespace kilometric
