// A child process of the supervisor's: a worker or the flusher. It is this same program started
// anew, with its settings in the environment, its channel as descriptor 3 and all sockets behind it. Owned by
// the supervisor, which has it started again when it ends before it was told to.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/backoff.h"
#include "common/uv.h"

namespace kilometric {

/// What all children get.
struct ChildSetup {
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<int> sockets;  ///< in the order of the table of listeners
};

class Child {
 public:
  struct Events {
    std::function<void(Child&)> on_ready;
    std::function<void(std::string_view text)> on_status;
    std::function<void(Child&)> on_exit;
  };

  /// `name` for the log, "worker 0"; `arguments` behind the program's name.
  Child(Loop& loop, const ChildSetup& setup, std::string name, std::vector<std::string> arguments,
        Events events);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void start();

  /// Tells it to stop in order; does nothing when it does not run.
  void stop();

  /// SIGKILL, for one that does not answer.
  void kill();

  bool running() const { return running_; }
  bool ready() const { return ready_; }
  bool stopping() const { return stopping_; }  ///< it was told to stop
  const std::string& name() const { return name_; }

  /// Since it last showed a sign of life.
  std::chrono::milliseconds silent_for() const;
  void excuse_silence();  ///< begins to count anew

 private:
  void spawn();
  void start_process(uv_process_options_t& options);
  void listen();
  void on_data(std::string_view data);
  void on_line(std::string_view line);
  void on_exit(int64_t status, int signal);

  Loop& loop_;
  const ChildSetup& setup_;
  const std::string name_;
  const std::vector<std::string> arguments_;
  const Events events_;
  Handle<uv_process_t> process_;
  Handle<uv_pipe_t> channel_;
  Timer restart_;
  Backoff backoff_;
  std::string unread_;
  char buffer_[512];
  int64_t last_sign_ms_ = 0;
  bool running_ = false;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace kilometric
