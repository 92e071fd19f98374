#include "common/log.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

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

void write_all() {
  spdlog::debug("d {}", 1);
  spdlog::info("i");
  spdlog::warn("w");
  spdlog::error("e");
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

TEST_CASE("the level keeps out what is below it") {
  CHECK(logged(true, "warning", write_all) == "<4>worker 0: w\n<3>worker 0: e\n");
  CHECK(logged(true, "info", write_all).starts_with("<6>"));
}
