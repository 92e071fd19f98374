// A whole HTTP server on a socket: the same bytes sent at once, and in pieces cut where the input holds
// a '`', get the same answers, and the connection stays open or is closed in the same way.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.h"

using namespace kilometric;

namespace {

constexpr char kCut = '`';
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

void must(int result) { uv_check(result, "socket"); }

HttpLimits small_limits() {
  HttpLimits limits;
  limits.head_bytes = 256;
  limits.body_bytes = 64;
  return limits;
}

/// Answers each request with what it is; a path with an 'l' in it later.
class Server {
 public:
  Server()
      : http_(
            loop_, listen(), small_limits(),
            [this](const HttpRequest& request, HttpResponse response) { handle(request, std::move(response)); },
            [](std::string_view, int) {}) {}

  int connect() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(::connect(fd, reinterpret_cast<const sockaddr*>(&address_), size_));
    return fd;
  }

  void turn() {
    uv_run(loop_.raw(), UV_RUN_NOWAIT);
    if (later_.empty()) return;
    Later later = std::move(later_.front());
    later_.pop_front();
    later.response.send(200, "text/plain", later.words);
  }

  size_t connections() const { return http_.connections(); }

 private:
  struct Later {
    HttpResponse response;
    std::string words;
  };

  int listen() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address_.sun_family = AF_UNIX;  // the kernel gives it an abstract name
    must(::bind(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof(sa_family_t)));
    must(::getsockname(fd, reinterpret_cast<sockaddr*>(&address_), &size_));
    must(::listen(fd, 8));
    return fd;
  }

  void handle(const HttpRequest& request, HttpResponse response) {
    std::string words = llhttp_method_name(request.method);
    words.append(" ").append(request.path).append("?").append(request.query).append(" ").append(request.body);
    if (request.path.find('l') != request.path.npos)
      later_.push_back({std::move(response), std::move(words)});
    else
      response.send(200, "text/plain", words);
  }

  sockaddr_un address_{};
  socklen_t size_ = sizeof address_;
  Loop loop_;
  std::deque<Later> later_;
  HttpServer http_;
};

/// Takes what has come; false once the server has closed.
bool receive(int fd, std::string& answers) {
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    answers.append(buffer, static_cast<size_t>(got));
  }
}

/// Turns the loop until nothing more comes; false once the server has closed.
bool settle(Server& server, int fd, std::string& answers) {
  constexpr int kQuietTurns = 3;  // a timer of zero, a read, an answer
  for (int quiet = 0; quiet < kQuietTurns; ++quiet) {
    const size_t before = answers.size();
    server.turn();
    if (!receive(fd, answers)) return false;
    if (answers.size() > before) quiet = 0;
  }
  return true;
}

/// A client that was told to go on sends the same bytes as one that did not wait.
void forget_continue(std::string& answers) {
  for (size_t at; (at = answers.find(kContinue)) != answers.npos;) answers.erase(at, kContinue.size());
}

/// The second conversation may be in the next second.
void forget_dates(std::string& answers) {
  for (size_t at; (at = answers.find("\r\nDate: ")) != answers.npos;)
    answers.erase(at, answers.find("\r\n", at + 2) - at);
}

std::string conversation(Server& server, const std::vector<std::string>& pieces) {
  const int fd = server.connect();
  std::string answers;
  bool open = settle(server, fd, answers);
  for (const std::string& piece : pieces) {
    if (!open) break;
    if (::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
    open = settle(server, fd, answers);
  }
  forget_continue(answers);
  answers += open ? "\nopen" : "\nclosed";
  ::shutdown(fd, SHUT_WR);
  while (server.connections() > 0) server.turn();
  receive(fd, answers);
  ::close(fd);
  forget_dates(answers);
  return answers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto& server = *new Server;
  std::vector<std::string> cut(1);
  std::string whole;
  for (const char c : std::string_view(reinterpret_cast<const char*>(data), size)) {
    if (c == kCut && !cut.back().empty()) cut.emplace_back();
    if (c == kCut) continue;
    cut.back() += c;
    whole += c;
  }
  if (cut.back().empty()) cut.pop_back();
  if (cut.empty()) return 0;
  assert(conversation(server, {whole}) == conversation(server, cut));
  return 0;
}
