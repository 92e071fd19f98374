#include "common/redis_events.h"

namespace kilometric {
namespace {

class RedisEvents {
 public:
  RedisEvents(redisAsyncContext& context, Loop& loop)
      : context_(&context), poll_(make_handle<uv_poll_t>("poll", [&](uv_poll_t* raw) {
          return uv_poll_init(loop.raw(), raw, context.c.fd);
        })) {
    poll_->data = this;
    context.ev.data = this;
    context.ev.addRead = [](void* self) { of(self)->want(of(self)->wanted_ | UV_READABLE); };
    context.ev.delRead = [](void* self) { of(self)->want(of(self)->wanted_ & ~UV_READABLE); };
    context.ev.addWrite = [](void* self) { of(self)->want(of(self)->wanted_ | UV_WRITABLE); };
    context.ev.delWrite = [](void* self) { of(self)->want(of(self)->wanted_ & ~UV_WRITABLE); };
    context.ev.cleanup = [](void* self) { of(self)->end(); };
  }

 private:
  static RedisEvents* of(void* self) noexcept { return static_cast<RedisEvents*>(self); }

  void want(int events) noexcept {
    if (events == wanted_) return;
    wanted_ = events;
    watch();
  }

  void watch() noexcept {
    if (wanted_ == 0) {
      uv_poll_stop(poll_.get());
      return;
    }
    uv_poll_start(poll_.get(), wanted_,
                  [](uv_poll_t* raw, int status, int events) { of(raw->data)->on_event(status, events); });
  }

  /// On an error the socket itself tells hiredis what is wrong, if only it is asked. libuv has then
  /// stopped watching, so whatever hiredis lives through is watched again.
  void on_event(int status, int events) noexcept {
    const int ready = status < 0 ? UV_READABLE | UV_WRITABLE : events;
    inside_ = true;
    if ((ready & UV_READABLE) != 0) redisAsyncHandleRead(context_);
    if ((ready & UV_WRITABLE) != 0 && context_ != nullptr) redisAsyncHandleWrite(context_);
    inside_ = false;
    if (context_ == nullptr)
      delete this;
    else if (status < 0)
      watch();
  }

  void end() noexcept {
    context_ = nullptr;
    poll_.reset();  // now: the descriptor is about to be closed
    if (!inside_) delete this;
  }

  redisAsyncContext* context_;
  Handle<uv_poll_t> poll_;
  int wanted_ = 0;       ///< UV_READABLE, UV_WRITABLE
  bool inside_ = false;  ///< on_event() runs: it deletes, not end()
};

}  // namespace

bool attach_redis_events(redisAsyncContext& context, Loop& loop) noexcept {
  try {
    new RedisEvents(context, loop);  // deleted by the cleanup hook
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace kilometric
