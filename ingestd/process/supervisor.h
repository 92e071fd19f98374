// The supervisor: opens the sockets, starts the workers and the flusher, restarts what dies or hangs,
// and talks to systemd. It takes no datagram and counts nothing.
//
// SIGHUP changes nothing, as nothing is kept open that could be opened anew: the log is stderr.
//
// To stop: the workers first (they take what the sockets hold and seal), then the flusher (a last
// harvest, and as much as Redis takes), then itself with status 0.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/settings/command_line.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "ingestd/process/child.h"
#include "ingestd/process/sockets.h"
#include "ingestd/system/folder_lock.h"

namespace kilometric {

class Supervisor {
 public:
  /// Takes the folders' locks and opens the sockets: throws FolderInUse, BindError.
  explicit Supervisor(const CommandLine& command_line);

  void run();

 private:
  std::unique_ptr<Child> make_child(std::string name, std::vector<std::string> arguments);
  bool all_ready() const;
  bool workers_running() const;
  void on_ready(Child& child);
  void on_exit(Child& child);
  void watch();
  void stop(const char* why);
  void stop_flusher();
  void kill_rest();

  const Settings settings_;
  FolderLock state_lock_;
  FolderLock runtime_lock_;
  Sockets sockets_;
  ChildSetup setup_;
  Loop loop_;
  std::vector<std::unique_ptr<Child>> workers_;
  std::unique_ptr<Child> flusher_;
  Timer watch_;
  Timer deadline_;
  std::unique_ptr<Signal> terminate_;
  std::unique_ptr<Signal> interrupt_;
  std::unique_ptr<Signal> hangup_;
  int64_t watched_ms_ = 0;
  bool announced_ = false;
  bool stopping_ = false;
};

}  // namespace kilometric
