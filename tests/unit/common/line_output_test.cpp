#include "common/line_output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common");

namespace {

struct Pair {
  explicit Pair(int (*make)(int*)) { REQUIRE(make(fds) == 0); }
  ~Pair() {
    close(fds[0]);
    close(fds[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  std::string take(size_t bytes) const {
    std::string text(bytes, '\0');
    text.resize(static_cast<size_t>(std::max(ssize_t{0}, read(fds[0], text.data(), bytes))));
    return text;
  }

  int fds[2];
};

int make_pipe(int* fds) { return pipe(fds); }
int make_stream(int* fds) { return socketpair(AF_UNIX, SOCK_STREAM, 0, fds); }

}  // namespace

TEST_CASE("a pipe or a socket that nobody reads is not waited for, and goes on when it is read") {
  for (const auto make : {make_pipe, make_stream}) {
    const Pair pair(make);
    LineOutput output(pair.fds[1]);
    const std::string line = std::string(99, 'x') + "\n";
    size_t taken = 0;
    while (output.write(line)) ++taken;
    CHECK(taken > 100);
    CHECK(!output.write(line));
    CHECK((fcntl(pair.fds[1], F_GETFL) & O_NONBLOCK) == 0);  // others who share it may rely on this
    for (size_t i = 0; i < taken; ++i) REQUIRE(pair.take(line.size()) == line);
    CHECK(output.write("again\n"));
    CHECK(pair.take(100) == "again\n");
  }
}

TEST_CASE(
    "a pipe that may not be opened anew is not waited for either, be it by a line that it could never hold") {
  for (const size_t bytes : {size_t{100}, size_t{1} << 18}) {
    const Pair pair(make_pipe);
    REQUIRE(fchmod(pair.fds[1], 0) == 0);
    const pid_t child = fork();
    if (child == 0) {
      alarm(30);  // whoever waits is ended
      if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(1);
      LineOutput output(pair.fds[1]);
      while (output.write(std::string(bytes - 1, 'x') + "\n")) {}
      _exit(0);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(pair.take(1 << 18).size() > 60'000);  // it is full
    CHECK((fcntl(pair.fds[1], F_GETFL) & O_NONBLOCK) == 0);
  }
}

TEST_CASE("a reader that is gone is no end") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  for (const auto make : {make_pipe, make_stream}) {
    const Pair pair(make);
    LineOutput output(pair.fds[1]);
    close(pair.fds[0]);
    CHECK(!output.write("a\n"));
  }
  std::signal(SIGPIPE, before);
}

TEST_CASE("a full disk; the line that was cut is ended before the next") {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  char name[] = "/tmp/kilometric-unit-XXXXXX";
  const int fd = mkstemp(name);
  REQUIRE(fd >= 0);
  unlink(name);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{10, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  LineOutput output(fd);
  const bool first = output.write("seven.\n"), cut = output.write("cut off\n"), none = output.write("none\n");
  setrlimit(RLIMIT_FSIZE, &limit);
  CHECK(first);
  CHECK(!cut);
  CHECK(!none);
  CHECK(output.write("whole\n"));
  char text[100];
  CHECK(std::string(text, static_cast<size_t>(pread(fd, text, sizeof text, 0))) == "seven.\ncut\nwhole\n");
  close(fd);
  std::signal(SIGXFSZ, before);
}

TEST_CASE("a device that is full") {
  const int fd = open("/dev/full", O_WRONLY);
  REQUIRE(fd >= 0);
  CHECK(!LineOutput(fd).write("a\n"));
  close(fd);
}
