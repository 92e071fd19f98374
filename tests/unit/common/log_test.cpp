#include "common/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

TEST_SUITE_BEGIN("common");

namespace {

/// What `write` logs, stderr being a pipe, with JOURNAL_STREAM naming that pipe or not.
template <class Write>
std::string logged(bool journal, const char* level, Write write) {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const int before = dup(STDERR_FILENO);
  dup2(pipe_ends[1], STDERR_FILENO);
  struct stat status;
  fstat(STDERR_FILENO, &status);
  const auto inode = status.st_ino + (journal ? 0 : 1);
  setenv("JOURNAL_STREAM", fmt::format("{}:{}", status.st_dev, inode).c_str(), 1);
  const auto logger = spdlog::default_logger();
  kilometric::start_log(level, "worker 0");
  write();
  spdlog::set_default_logger(logger);
  unsetenv("JOURNAL_STREAM");
  dup2(before, STDERR_FILENO);
  close(before);
  close(pipe_ends[1]);
  std::string text(4096, '\0');
  const ssize_t size = read(pipe_ends[0], text.data(), text.size());
  close(pipe_ends[0]);
  return text.substr(0, size > 0 ? static_cast<size_t>(size) : 0);
}

/// Through a description of its own: the pipe's flags stay as they are.
void fill(int fd) {
  const int other = open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK);
  REQUIRE(other >= 0);
  const std::string block(4096, '-');
  while (write(other, block.data(), block.size()) > 0) {}
  close(other);
}

/// What lies in a pipe.
std::string empty(int fd) {
  std::string text(1 << 17, '\0');
  size_t bytes = 0;
  for (int waiting = 0; ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;)
    bytes += static_cast<size_t>(read(fd, text.data() + bytes, text.size() - bytes));
  return text.substr(0, bytes);
}

void write_all() {
  kilometric::log_debug("d {}", 1);
  kilometric::log_info("i");
  kilometric::log_warning("w");
  kilometric::log_error("e");
}

}  // namespace

TEST_CASE("in the journal: priorities, no time") {
  CHECK(logged(true, "debug", write_all) ==
        "<7>worker 0: d 1\n<6>worker 0: i\n<4>worker 0: w\n<3>worker 0: e\n");
}

TEST_CASE("elsewhere: time and level in words") {
  const std::string text = logged(false, "error", write_all);
  std::string shape = text;
  for (char& c : shape)
    if (c >= '1' && c <= '9') c = '0';
  CHECK_MESSAGE(shape == "0000-00-00 00:00:00.000 error worker 0: e\n", text);
}

TEST_CASE("lines that nobody takes are counted, and the next that is taken says how many are missing") {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  fill(pipe_ends[1]);
  const int before = dup(STDERR_FILENO);
  dup2(pipe_ends[1], STDERR_FILENO);
  const auto logger = spdlog::default_logger();
  const uint64_t dropped = kilometric::log_lines_dropped();
  kilometric::start_log("info", "worker 0");
  kilometric::log_info("one");
  kilometric::log_info("two");
  CHECK(kilometric::log_lines_dropped() == dropped + 2);
  empty(pipe_ends[0]);
  kilometric::log_info("three");
  kilometric::log_info("four");
  spdlog::set_default_logger(logger);
  dup2(before, STDERR_FILENO);
  const std::string text = empty(pipe_ends[0]);
  for (const int fd : {before, pipe_ends[0], pipe_ends[1]}) close(fd);
  const size_t note = text.find("2 lines of this process are missing here\n"), three = text.find("three\n");
  CHECK_MESSAGE(note < three, text);
  CHECK_MESSAGE(three < text.find("four\n"), text);
  CHECK_MESSAGE(text.find("missing", three) == text.npos, text);
  CHECK(kilometric::log_lines_dropped() == dropped + 2);
}

TEST_CASE("processes count dropped lines in one place; those of before are added") {
  static std::atomic<uint64_t> shared{5};
  const uint64_t dropped = kilometric::log_lines_dropped();
  kilometric::count_dropped_lines_in(shared);
  CHECK(kilometric::log_lines_dropped() == 5 + dropped);
  CHECK(shared == 5 + dropped);
}

TEST_CASE("the level keeps out what is below it") {
  CHECK(logged(true, "warning", write_all) == "<4>worker 0: w\n<3>worker 0: e\n");
  CHECK(logged(true, "info", write_all).starts_with("<6>"));
}
