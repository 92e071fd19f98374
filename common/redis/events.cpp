#include "common/redis/events.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "common/redis/reply_memory.h"

namespace kilometric {
namespace {

class RedisEvents {
 public:
  RedisEvents(redisAsyncContext& context, Loop& loop, std::shared_ptr<const std::chrono::milliseconds> pause,
              std::unique_ptr<TlsSession> tls)
      : context_(&context),
        tls_(std::move(tls)),
        poll_(make_handle<uv_poll_t>(
            "poll", [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, context.c.fd); })),
        pause_(std::move(pause)),
        pause_end_(loop, [this] { on_event(0, UV_READABLE); }) {
    poll_->data = this;
    reply_memory_.serve(*context.c.reader);
    context.ev.data = this;
    context.ev.addRead = [](void* self) { of(self)->want(of(self)->wanted_ | UV_READABLE); };
    context.ev.delRead = [](void* self) { of(self)->want(of(self)->wanted_ & ~UV_READABLE); };
    context.ev.addWrite = [](void* self) { of(self)->want(of(self)->wanted_ | UV_WRITABLE); };
    context.ev.delWrite = [](void* self) { of(self)->want(of(self)->wanted_ & ~UV_WRITABLE); };
    context.ev.cleanup = [](void* self) { of(self)->end(); };
  }

  static RedisEvents* of(void* self) noexcept { return static_cast<RedisEvents*>(self); }

  void send(std::string_view text) noexcept {
    if (tls_)
      guarded([&] { tls_->send(text); });
    else
      redisAppendFormattedCommand(&context_->c, text.data(), text.size());
    want(wanted_ | UV_WRITABLE);
  }

 private:
  void want(int events) noexcept {
    wanted_ = events;
    if (!inside_) watch();
  }

  void watch() noexcept {
    const int events = pause_end_.active() ? wanted_ & ~UV_READABLE : wanted_;
    if (events == watched_) return;
    watched_ = events;
    if (events == 0) {
      uv_poll_stop(poll_.get());
      return;
    }
    uv_poll_start(poll_.get(), events,
                  [](uv_poll_t* raw, int status, int seen) { of(raw->data)->on_event(status, seen); });
  }

  /// On an error the socket itself tells hiredis what is wrong, if only it is asked. libuv has then
  /// stopped watching, so whatever hiredis lives through is watched again.
  void on_event(int status, int events) noexcept {
    if (status < 0) watched_ = 0;
    const int ready = status < 0 ? UV_READABLE | UV_WRITABLE : events;
    inside_ = true;
    // It connects first: what a server says before is left until we can take it.
    if ((context_->c.flags & REDIS_CONNECTED) == 0) write();
    if (context_ != nullptr && (ready & UV_READABLE) != 0) read();
    // What answers made us ask leaves at once, in one piece.
    if (context_ != nullptr && ((ready | wanted_) & UV_WRITABLE) != 0) write();
    inside_ = false;
    if (context_ == nullptr)
      delete this;
    else
      watch();
  }

  void read() noexcept {
    const bool writing = (wanted_ & UV_WRITABLE) != 0;  // what was asked before is not written yet
    take_replies();
    if (pause_->count() == 0) return;
    while (context_ != nullptr && answers_wait()) take_replies();
    if (context_ != nullptr && !writing && (wanted_ & UV_WRITABLE) != 0) pause_end_.start(*pause_);
  }

  /// While an owner is at work the context is not freed, see forget().
  void take_replies() noexcept {
    redisContext& c = context_->c;
    if ((c.flags & REDIS_CONNECTED) == 0) return;
    if (take_bytes(c) == REDIS_OK) {
      void* reply = nullptr;
      c.flags |= REDIS_IN_CALLBACK;
      while ((c.flags & REDIS_FREEING) == 0 && redisGetReplyFromReader(&c, &reply) == REDIS_OK &&
             reply != nullptr) {
        if (auto* const owner = static_cast<RedisContextOwner*>(context_->data))
          owner->on_reply(*static_cast<const redisReply*>(reply));
        reply_memory_.clear();
      }
      c.flags &= ~REDIS_IN_CALLBACK;
      if ((c.flags & REDIS_FREEING) != 0) return redisAsyncFree(context_);
    }
    if (c.err != 0) redisAsyncHandleRead(context_);  // which reads nothing then, and gives it up
  }

  /// From the socket to hiredis' reader. hiredis itself takes 16 KiB at a time, a fraction of a page.
  int take_bytes(redisContext& c) noexcept {
    char bytes[65'536];
    const ssize_t count = recv(c.fd, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return REDIS_OK;
    if (count < 0) return fail(REDIS_ERR_IO, std::generic_category().message(errno));
    if (count == 0) return fail(REDIS_ERR_EOF, "");
    if (!tls_) return redisReaderFeed(c.reader, bytes, static_cast<size_t>(count)), REDIS_OK;
    plain_.clear();
    bool lives = false;
    if (!guarded([&] { lives = tls_->receive({bytes, static_cast<size_t>(count)}, plain_); })) return REDIS_ERR;
    if (!plain_.empty()) redisReaderFeed(c.reader, plain_.data(), plain_.size());
    if (tls_->has_sealed()) want(wanted_ | UV_WRITABLE);
    return lives ? REDIS_OK : fail(REDIS_ERR_OTHER, tls_->failure());
  }

  void write() noexcept {
    if (tls_) {
      guarded([&] {
        const std::string sealed = tls_->take_sealed();
        redisAppendFormattedCommand(&context_->c, sealed.data(), sealed.size());
      });
    }
    redisAsyncHandleWrite(context_);
  }

  /// False when there was no memory: then the context is lost soon.
  template <class Work>
  bool guarded(Work work) noexcept {
    try {
      work();
      return true;
    } catch (const std::exception&) {
      fail(REDIS_ERR_OOM, "out of memory");
      return false;
    }
  }

  /// hiredis gives up a context with an error as soon as it is to read or write.
  int fail(int error, std::string_view words) noexcept {
    redisContext& c = context_->c;
    c.err = error;
    const size_t length = std::min(words.size(), sizeof c.errstr - 1);
    std::copy_n(words.data(), length, c.errstr);
    c.errstr[length] = '\0';
    return REDIS_ERR;
  }

  bool answers_wait() const noexcept {
    int bytes = 0;
    return ioctl(context_->c.fd, FIONREAD, &bytes) == 0 && bytes > 0;
  }

  void end() noexcept {
    context_ = nullptr;
    poll_.reset();  // now: the descriptor is about to be closed
    pause_end_.stop();
    if (!inside_) delete this;
  }

  redisAsyncContext* context_;
  const std::unique_ptr<TlsSession> tls_;
  std::string plain_;  ///< what came by TLS last
  ReplyMemory reply_memory_;
  Handle<uv_poll_t> poll_;
  const std::shared_ptr<const std::chrono::milliseconds> pause_;
  Timer pause_end_;  ///< while it runs, answers are left where they are
  int wanted_ = 0;   ///< by hiredis: UV_READABLE, UV_WRITABLE
  int watched_ = 0;
  bool inside_ = false;  ///< on_event() runs: it watches and deletes, not want() and end()
};

}  // namespace

void forget(redisAsyncContext*& context) noexcept {
  if (context == nullptr) return;
  context->data = nullptr;
  redisAsyncFree(std::exchange(context, nullptr));
}

void send_command(redisAsyncContext& context, std::string_view text) noexcept {
  RedisEvents::of(context.ev.data)->send(text);
}

bool attach_redis_events(redisAsyncContext& context, Loop& loop,
                         std::shared_ptr<const std::chrono::milliseconds> pause,
                         std::unique_ptr<TlsSession> tls) noexcept {
  try {
    new RedisEvents(context, loop, std::move(pause), std::move(tls));  // deleted by the cleanup hook
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace kilometric
