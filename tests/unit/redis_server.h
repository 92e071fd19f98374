// A real redis-server for one test: in a folder of its own, on a unix socket and a free TCP port of
// 127.0.0.1. It dies with the test.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/temporary_folder.h"

namespace kilometric {

inline uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  bind(fd, reinterpret_cast<sockaddr*>(&name), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  close(fd);
  return ntohs(name.sin_port);
}

class RedisServer {
 public:
  using Options = std::vector<std::string>;

  /// `config`: lines of a file, without which none becomes a sentinel.
  explicit RedisServer(const Options& options = {}, const std::string& config = "") {
    if (!config.empty()) std::ofstream(config_path()) << config << '\n';
    start(options);
  }
  ~RedisServer() { kill(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// Returns once it accepts connections; it may still be loading.
  void start(const Options& options = {}) {
    Options arguments{"redis-server"};
    if (std::filesystem::exists(config_path())) arguments.push_back(config_path());
    const Options always{"--port",       std::to_string(port_),
                         "--bind",       "127.0.0.1",
                         "--unixsocket", socket_path(),
                         "--dir",        folder_.path().string(),
                         "--save",       "",
                         "--logfile",    (folder_.path() / "log").string()};
    arguments.insert(arguments.end(), always.begin(), always.end());
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    while (!accepts()) {
      if (waitpid(pid_, nullptr, WNOHANG) != 0) throw std::runtime_error("redis-server does not start");
      usleep(2000);
    }
  }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
    unlink(socket_path().c_str());
  }
  void pause() { ::kill(pid_, SIGSTOP); }
  void resume() { ::kill(pid_, SIGCONT); }

  uint16_t port() const { return port_; }
  std::string config_path() const { return (folder_.path() / "config").string(); }
  std::string socket_path() const { return (folder_.path() / "redis.sock").string(); }
  /// `user`: as "ann:secret@".
  std::string url(const std::string& user = "") const {
    return "redis://" + user + "127.0.0.1:" + std::to_string(port_);
  }
  std::string unix_url() const { return "unix://" + socket_path(); }

 private:
  bool accepts() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    socket_path().copy(name.sun_path, sizeof name.sun_path - 1);
    const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    close(fd);
    return connected;
  }

  TemporaryFolder folder_;
  uint16_t port_ = free_port();
  pid_t pid_ = 0;
};

}  // namespace kilometric
