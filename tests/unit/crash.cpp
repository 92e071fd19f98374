#include "tests/unit/crash.h"

#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <stdexcept>

#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

constexpr int kDone = 0, kCrashed = 1, kFailed = 2;

unsigned long left = 0;  // crash points to pass until the one to die at; 0: none is
std::function<void()> act_here;

}  // namespace

void crash_point() noexcept {
  if (left > 0 && --left == 0) _exit(kCrashed);
  if (act_here) act_here();
}

bool crashes_at(unsigned long number, const std::function<void()>& work) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    left = number;
    try {
      work();
    } catch (const std::exception&) {
      _exit(kFailed);
    }
    _exit(kDone);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == kFailed)
    throw std::runtime_error("the child failed");
  return WEXITSTATUS(status) == kCrashed;
}

void act_at_crash_points(const std::function<void()>& act, const std::function<void()>& work) {
  act_here = act;
  try {
    work();
  } catch (...) {
    act_here = nullptr;
    throw;
  }
  act_here = nullptr;
}

}  // namespace kilometric
