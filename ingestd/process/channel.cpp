#include "ingestd/process/channel.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace kilometric {

Channel::Channel(Loop& loop, std::function<void()> on_stop, std::function<void()> on_alive)
    : on_stop_(std::move(on_stop)),
      pipe_(
          make_handle<uv_pipe_t>("channel", [&](uv_pipe_t* raw) { return uv_pipe_init(loop.raw(), raw, 0); })),
      alive_(loop, [this, on_alive = std::move(on_alive)] {
        say("ALIVE");
        on_alive();
      }) {
  pipe_->data = this;
  uv_check(uv_pipe_open(pipe_.get(), kChannelFd), "channel");
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(pipe_.get()),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        auto* self = static_cast<Channel*>(handle->data);
        *buffer = uv_buf_init(self->unread_, sizeof self->unread_);
      },
      [](uv_stream_t* stream, ssize_t bytes, const uv_buf_t*) {
        static_cast<Channel*>(stream->data)->on_read(bytes);
      });
  alive_.start(kAlivePeriod, kAlivePeriod);
}

void Channel::on_read(ssize_t bytes) noexcept {
  if (bytes >= 0) return;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(pipe_.get()));
  on_stop_();
}

void Channel::status(std::string_view text) { say("STATUS " + std::string(text)); }

void Channel::say(std::string_view line) {
  std::string text(line);
  text += '\n';
  // A line is shorter than the socket's buffer; when that is full the supervisor hangs, and one sign
  // of life more would not help it.
  uv_buf_t buffer = uv_buf_init(text.data(), static_cast<unsigned>(text.size()));
  uv_try_write(reinterpret_cast<uv_stream_t*>(pipe_.get()), &buffer, 1);
}

void become_child() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char* const supervisor = getenv("KILOMETRIC_SUPERVISOR");
  if (!supervisor || std::to_string(getppid()) != supervisor) _exit(1);  // it died before the line above
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
}

}  // namespace kilometric
