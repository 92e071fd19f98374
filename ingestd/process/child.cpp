#include "ingestd/process/child.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cassert>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "ingestd/process/listeners.h"

extern char** environ;

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kLeastBackoff{100};
constexpr std::chrono::milliseconds kMostBackoff{5'000};

/// The supervisor's own environment, with the settings as they are in force.
std::vector<std::string> child_environment(const ChildSetup& setup) {
  std::vector<std::string> result{fmt::format("KILOMETRIC_SUPERVISOR={}", getpid())};
  for (const auto& [name, value] : setup.environment) result.push_back(fmt::format("{}={}", name, value));
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const bool systemds =
        text.starts_with("NOTIFY_SOCKET=") || text.starts_with("WATCHDOG_") || text.starts_with("LISTEN_");
    if (!systemds && !text.starts_with("KILOMETRIC_")) result.emplace_back(text);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

uv_stdio_container_t inherited(int fd) {
  uv_stdio_container_t descriptor{};
  descriptor.flags = UV_INHERIT_FD;
  descriptor.data.fd = fd;
  return descriptor;
}

/// The child's descriptors from 0 on: no input, our output, the channel, the sockets.
std::vector<uv_stdio_container_t> child_descriptors(uv_pipe_t& channel, const std::vector<int>& sockets) {
  uv_stdio_container_t none{}, channels{};
  none.flags = UV_IGNORE;
  channels.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE);
  channels.data.stream = reinterpret_cast<uv_stream_t*>(&channel);
  std::vector<uv_stdio_container_t> descriptors{none, inherited(1), inherited(2)};
  assert(descriptors.size() == kChannelFd);
  descriptors.push_back(channels);
  assert(descriptors.size() == kFirstSocketFd);
  for (const int fd : sockets) descriptors.push_back(inherited(fd));
  return descriptors;
}

}  // namespace

Child::Child(Loop& loop, const ChildSetup& setup, std::string name, std::vector<std::string> arguments,
             Events events)
    : loop_(loop),
      setup_(setup),
      name_(std::move(name)),
      arguments_(std::move(arguments)),
      events_(std::move(events)),
      restart_(loop, [this] { start(); }),
      backoff_(kLeastBackoff, kMostBackoff) {}

void Child::start() {
  try {
    spawn();
  } catch (const std::exception& error) {
    log_error("{} cannot be started: {}", name_, error.what());
    restart_.start(backoff_.next());
  }
}

void Child::spawn() {
  std::vector<std::string> arguments{"kilometric-ingestd"};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  std::vector<std::string> environment = child_environment(setup_);
  std::vector<char*> argument_pointers = pointers(arguments), environment_pointers = pointers(environment);
  channel_ =
      make_handle<uv_pipe_t>("channel", [&](uv_pipe_t* raw) { return uv_pipe_init(loop_.raw(), raw, 0); });
  channel_->data = this;
  std::vector<uv_stdio_container_t> descriptors = child_descriptors(*channel_, setup_.sockets);

  uv_process_options_t options{};
  options.file = "/proc/self/exe";  // this very version, also when the file on disk was replaced
  options.args = argument_pointers.data();
  options.env = environment_pointers.data();
  options.stdio = descriptors.data();
  options.stdio_count = static_cast<int>(descriptors.size());
  start_process(options);
  running_ = true;
  ready_ = false;
  last_sign_ms_ = awake_ms();
  listen();
}

void Child::start_process(uv_process_options_t& options) {
  options.exit_cb = [](uv_process_t* raw, int64_t status, int signal) {
    if (raw->data) static_cast<Child*>(raw->data)->on_exit(status, signal);
  };
  auto process = std::make_unique<uv_process_t>();
  const int result = uv_spawn(loop_.raw(), process.get(), &options);
  process_.reset(process.release());  // even a failed spawn leaves a handle that must be closed
  process_->data = this;
  uv_check(result, "spawn");
}

void Child::listen() {
  unread_.clear();
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(channel_.get()),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        auto* self = static_cast<Child*>(handle->data);
        *buffer = uv_buf_init(self->buffer_, sizeof self->buffer_);
      },
      [](uv_stream_t* stream, ssize_t bytes, const uv_buf_t* buffer) {
        if (bytes > 0)
          static_cast<Child*>(stream->data)->on_data({buffer->base, static_cast<size_t>(bytes)});
        else if (bytes < 0)
          uv_read_stop(stream);
      });
}

void Child::on_data(std::string_view data) {
  unread_ += data;
  for (size_t end; (end = unread_.find('\n')) != std::string::npos; unread_.erase(0, end + 1))
    on_line(std::string_view(unread_).substr(0, end));
}

void Child::on_line(std::string_view line) {
  last_sign_ms_ = awake_ms();
  if (line == "READY") {
    ready_ = true;
    backoff_.reset();
    events_.on_ready(*this);
  } else if (line.starts_with("STATUS ")) {
    events_.on_status(line.substr(7));
  }
}

void Child::on_exit(int64_t status, int signal) {
  running_ = false;
  process_.reset();
  channel_.reset();
  if (!stopping_) {
    const std::string how = signal != 0 ? fmt::format("was killed by signal {} ({})", signal, strsignal(signal))
                                        : fmt::format("exited with status {}", status);
    // What dies before it has served would die again at once.
    const std::chrono::milliseconds wait = ready_ ? std::chrono::milliseconds(0) : backoff_.next();
    log_warning("{} {}; starting it again{}", name_, how,
                wait.count() ? fmt::format(" in {} ms", wait.count()) : "");
    restart_.start(wait);
  }
  events_.on_exit(*this);
}

void Child::stop() {
  stopping_ = true;
  restart_.stop();
  if (!running_) return;
  // The child sees the end of the channel; what it still says comes the other way.
  auto request = std::make_unique<uv_shutdown_t>();
  if (uv_shutdown(request.get(), reinterpret_cast<uv_stream_t*>(channel_.get()),
                  [](uv_shutdown_t* done, int) { delete done; }) == 0)
    static_cast<void>(request.release());  // its callback deletes it
}

void Child::kill() {
  if (running_) uv_process_kill(process_.get(), SIGKILL);
}

std::chrono::milliseconds Child::silent_for() const {
  return std::chrono::milliseconds(awake_ms() - last_sign_ms_);
}

void Child::excuse_silence() { last_sign_ms_ = awake_ms(); }

}  // namespace kilometric
