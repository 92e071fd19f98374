// libuv, owned: the one place where handles are closed.
//
// A wrapper owns a heap handle; its destructor calls uv_close, and the close callback, which runs
// later on the loop, deletes the raw handle only. So a wrapper may die at any moment, also inside
// its own callback. Wrappers are neither copied nor moved: `data` points at them.
// Loop comes first in whatever owns it, and so dies last: by then every handle has been closed.
#pragma once

#include <signal.h>
#include <uv.h>

#include <cassert>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace kilometric {

struct CloseThenDelete {
  template <class Raw>
  void operator()(Raw* raw) const noexcept {
    raw->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(raw),
             [](uv_handle_t* handle) { delete reinterpret_cast<Raw*>(handle); });
  }
};

/// A libuv handle on the heap. Fill it only after uv_*_init succeeded.
template <class Raw>
using Handle = std::unique_ptr<Raw, CloseThenDelete>;

/// Throws with libuv's own words when `result` is an error code.
inline void uv_check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + uv_strerror(result));
}

/// Makes a handle with `init(raw)`; throws when that fails.
template <class Raw, class Init>
Handle<Raw> make_handle(const char* what, Init init) {
  auto raw = std::make_unique<Raw>();
  uv_check(init(raw.get()), what);
  return Handle<Raw>(raw.release());
}

class Loop {
 public:
  Loop() { uv_check(uv_loop_init(&loop_), "event loop"); }
  ~Loop() {
    uv_run(&loop_, UV_RUN_DEFAULT);  // runs the close callbacks; nothing else is left
    [[maybe_unused]] const int closed = uv_loop_close(&loop_);
    assert(closed == 0);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop() or until no active handle is left.
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }
  void stop() noexcept { uv_stop(&loop_); }
  uv_loop_t* raw() noexcept { return &loop_; }

 private:
  uv_loop_t loop_;
};

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_time)
      : on_time_(std::move(on_time)),
        handle_(
            make_handle<uv_timer_t>("timer", [&](uv_timer_t* raw) { return uv_timer_init(loop.raw(), raw); })) {
    handle_->data = this;
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// First after `delay`, then, unless zero, every `repeat`. Starting again replaces the old plan.
  void start(std::chrono::milliseconds delay, std::chrono::milliseconds repeat = {}) {
    uv_timer_start(handle_.get(), fire, static_cast<uint64_t>(delay.count()),
                   static_cast<uint64_t>(repeat.count()));
  }
  void stop() noexcept { uv_timer_stop(handle_.get()); }
  bool active() const noexcept {
    return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0;
  }

 private:
  static void fire(uv_timer_t* raw) { static_cast<Timer*>(raw->data)->on_time_(); }

  std::function<void()> on_time_;
  Handle<uv_timer_t> handle_;
};

/// Calls once in the loop's next turn; asking again in the call means the turn after that, when sockets have
/// had theirs. (A timer of no delay would not do: libuv runs timers until none is due, so one that starts
/// itself again keeps everything else waiting.)
class NextTurn {
 public:
  NextTurn(Loop& loop, std::function<void()> on_turn)
      : on_turn_(std::move(on_turn)),
        handle_(make_handle<uv_idle_t>("idle", [&](uv_idle_t* raw) { return uv_idle_init(loop.raw(), raw); })) {
    handle_->data = this;
  }
  NextTurn(const NextTurn&) = delete;
  NextTurn& operator=(const NextTurn&) = delete;

  void ask() noexcept { uv_idle_start(handle_.get(), run); }
  void stop() noexcept { uv_idle_stop(handle_.get()); }

 private:
  static void run(uv_idle_t* raw) {
    uv_idle_stop(raw);
    static_cast<NextTurn*>(raw->data)->on_turn_();
  }

  std::function<void()> on_turn_;
  Handle<uv_idle_t> handle_;
};

/// Calls `work` on a thread of libuv's pool, so that the loop goes on meanwhile, and then `then` on the loop.
/// Requires that `work` throws nothing and touches only what nobody else does.
inline void in_background(Loop& loop, std::function<void()> work, std::function<void()> then) {
  struct Request {
    uv_work_t raw{};
    std::function<void()> work, then;
  };
  auto request = std::make_unique<Request>(Request{{}, std::move(work), std::move(then)});
  request->raw.data = request.get();
  const int queued = uv_queue_work(
      loop.raw(), &request->raw, [](uv_work_t* raw) { static_cast<Request*>(raw->data)->work(); },
      [](uv_work_t* raw, int) { std::unique_ptr<Request>(static_cast<Request*>(raw->data))->then(); });
  uv_check(queued, "background work");
  (void)request.release();
}

/// Watches a file descriptor that somebody else owns and closes (after this object is gone).
class Poll {
 public:
  /// Called with libuv's events (UV_READABLE, ...), or with a negative status on a poll error.
  using OnEvent = std::function<void(int status, int events)>;

  Poll(Loop& loop, int fd, OnEvent on_event)
      : on_event_(std::move(on_event)),
        handle_(
            make_handle<uv_poll_t>("poll", [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, fd); })) {
    handle_->data = this;
  }
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  void start(int events) {
    events_ = events;
    uv_poll_start(handle_.get(), events, [](uv_poll_t* raw, int status, int seen) {
      static_cast<Poll*>(raw->data)->on_event_(status, seen);
    });
  }
  void stop() noexcept {
    events_ = 0;
    uv_poll_stop(handle_.get());
  }

  /// As start(), or stop() for none; costs nothing when these are watched already.
  void watch(int events) {
    if (events == events_) return;
    events == 0 ? stop() : start(events);
  }
  int events() const noexcept { return events_; }

 private:
  OnEvent on_event_;
  int events_ = 0;
  Handle<uv_poll_t> handle_;
};

/// From its end on the signal is blocked: a second SIGTERM, while the process is ending in order, must
/// not kill it.
class Signal {
 public:
  Signal(Loop& loop, int number, std::function<void()> on_signal)
      : number_(number),
        on_signal_(std::move(on_signal)),
        handle_(make_handle<uv_signal_t>("signal",
                                         [&](uv_signal_t* raw) { return uv_signal_init(loop.raw(), raw); })) {
    handle_->data = this;
    uv_check(uv_signal_start(handle_.get(), fire, number), "signal");
  }
  ~Signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, number_);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

 private:
  static void fire(uv_signal_t* raw, int) { static_cast<Signal*>(raw->data)->on_signal_(); }

  int number_;
  std::function<void()> on_signal_;
  Handle<uv_signal_t> handle_;
};

}  // namespace kilometric
