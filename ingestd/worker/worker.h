// A worker: one event loop that takes datagrams and HTTP requests and counts them into its own
// segment. It knows nothing of Redis. When it is killed its successor goes on from its file.
#pragma once

#include <list>

#include "common/http/server.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/process/channel.h"
#include "ingestd/worker/receiver.h"
#include "ingestd/worker/routes.h"
#include "ingestd/worker/streams.h"

namespace kilometric {

class Worker {
 public:
  Worker(const Settings& settings, unsigned index);

  /// Until told to stop; then it takes what the sockets hold, answers what was begun, and seals.
  void run() { loop_.run(); }

 private:
  void listen(unsigned index);
  void await_end() noexcept;
  void on_end() noexcept;
  void on_alive() noexcept;
  void count_connections() noexcept;
  void stop() noexcept;

  Loop loop_;
  const Settings settings_;
  WorkerFile file_;
  SegmentWriter writer_;
  RejectedLines rejected_lines_;
  Rejected rejected_{rejected_lines_};  ///< of all receivers
  Timer end_;
  int64_t end_ms_ = 0;  ///< of the interval that is being counted, by boot_ms()
  Routes routes_;
  Channel channel_;
  Streams streams_;
  std::list<Receiver> receivers_;  ///< one for each address
  HttpServer http_;
};

}  // namespace kilometric
