#include "common/process_start.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

using namespace kilometric;

TEST_SUITE_BEGIN("common");

namespace {

bool is_null_device(int fd) {
  struct stat ours {
  }, null{};
  return fstat(fd, &ours) == 0 && stat("/dev/null", &null) == 0 && S_ISCHR(ours.st_mode) &&
         ours.st_rdev == null.st_rdev;
}

/// The exit status of a child that has closed these descriptors first.
template <class Check>
int in_a_child(std::initializer_list<int> closed, Check check) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int fd : closed) close(fd);
    begin_process();
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("a standard stream that is closed leads nowhere, and the others stay") {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const int before = dup(STDOUT_FILENO);
  dup2(pipe_ends[1], STDOUT_FILENO);
  CHECK(in_a_child({0, 1, 2}, [] { return is_null_device(0) && is_null_device(1) && is_null_device(2); }) == 0);
  CHECK(in_a_child({2}, [] { return !is_null_device(1) && is_null_device(2); }) == 0);
  CHECK(in_a_child({0}, [] { return is_null_device(0) && !is_null_device(1) && write(1, "x", 1) == 1; }) == 0);
  char text[10];
  CHECK(read(pipe_ends[0], text, sizeof text) == 1);
  dup2(before, STDOUT_FILENO);
  for (const int fd : {before, pipe_ends[0], pipe_ends[1]}) close(fd);
}

TEST_CASE("signals that do not mean the end do not end the process") {
  for (const int number : {SIGPIPE, SIGHUP, SIGUSR1, SIGUSR2})
    CHECK(in_a_child({}, [=] { return raise(number) == 0; }) == 0);
}
