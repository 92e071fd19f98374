#include "ingestd/process/unix_socket.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/listen.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

namespace {

/// What is said when it cannot be made; empty when it can.
std::string refusal(const std::string& path, int type = SOCK_DGRAM) {
  try {
    close(open_unix_socket(type, path, 0660, "KILOMETRIC_TEST"));
  } catch (const BindError& error) {
    return error.what();
  }
  return {};
}

unsigned mode_of(const std::string& path) {
  struct stat there {};
  REQUIRE(stat(path.c_str(), &there) == 0);
  return there.st_mode & 07777;
}

}  // namespace

TEST_CASE("a unix socket's file has the mode that was asked for, whatever the umask") {
  const TemporaryFolder folder;
  for (const mode_t mask : {0000u, 0022u, 0777u})
    for (const unsigned mode : {0600u, 0660u, 0777u}) {
      const std::string path = folder.path() / "socket";
      const mode_t before = umask(mask);
      const int fd = open_unix_socket(SOCK_DGRAM, path, mode, "KILOMETRIC_TEST");
      umask(before);
      CHECK(mode_of(path) == mode);
      close(fd);
    }
}

TEST_CASE("a dead process' socket is replaced, a living one's and what is no socket are left") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "socket";
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const int living = open_unix_socket(type, path, 0660, "KILOMETRIC_TEST");
    if (type == SOCK_STREAM) REQUIRE(listen(living, 1) == 0);
    for (const int other : {SOCK_DGRAM, SOCK_STREAM})
      CHECK(refusal(path, other).starts_with("KILOMETRIC_TEST=" + path + ": the socket is already in use"));
    CHECK(is_socket_file(path));
    close(living);
    CHECK(refusal(path, type).empty());
  }
  const std::string file = folder.path() / "file";
  std::ofstream(file) << "text";
  CHECK(refusal(file).find("no socket; move it away") != std::string::npos);
  CHECK(std::filesystem::file_size(file) == 4);
  CHECK(refusal(folder.path()).find("no socket; move it away") != std::string::npos);
}

TEST_CASE("a folder that is not there is said in one line") {
  const TemporaryFolder folder;
  const std::string said = refusal(folder.path() / "none" / "socket");
  CHECK(said.find("No such file or directory; its folder must be there") != std::string::npos);
  CHECK(said.find('\n') == std::string::npos);
}
