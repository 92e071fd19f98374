#include "common/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

TEST_SUITE_BEGIN("common");

using namespace std::chrono_literals;

TEST_CASE("without systemd nothing happens") {
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  kilometric::notify("READY=1");
  CHECK(kilometric::watchdog_interval() == 0ms);
}

TEST_CASE("the state reaches the socket that systemd names") {
  char folder[] = "/tmp/kilometric-unit-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/notify";
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, path.c_str());
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  kilometric::notify("READY=1\nSTATUS=well");
  unsetenv("NOTIFY_SOCKET");
  char text[100];
  const ssize_t size = recv(fd, text, sizeof text, 0);
  CHECK(std::string(text, size > 0 ? static_cast<size_t>(size) : 0) == "READY=1\nSTATUS=well");
  close(fd);
  std::filesystem::remove_all(folder);
}

TEST_CASE("the watchdog is fed twice as often as systemd asks, by the process it asks") {
  setenv("WATCHDOG_USEC", "3000000", 1);
  CHECK(kilometric::watchdog_interval() == 1500ms);
  setenv("WATCHDOG_PID", "1", 1);
  CHECK(kilometric::watchdog_interval() == 0ms);
  unsetenv("WATCHDOG_PID");
  unsetenv("WATCHDOG_USEC");
}
