// The routes of ingestd's HTTP: which request is answered by what, with words of advice for all others, and how
// many were answered.
//
//   /track     counts
//   /read      leads to readerd, for users of the original, whose one port answered everything
//   /health    of this instance
//   /metrics   of this instance
//   /rejected  some of the lines that it rejected lately; counted as "other", as the workers' files have no
//   room for
//              another route
//
// Owned by a worker, whose HTTP server calls it. A request is answered before the call returns.
#pragma once

#include <functional>
#include <string_view>

#include "common/http/server.h"
#include "common/settings/settings.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/worker/track.h"

namespace kilometric {

class Routes {
 public:
  /// `before_metrics` brings up to date what this worker says of itself.
  Routes(const Settings& settings, WorkerStats& stats, SegmentWriter& writer, RejectedLines& rejected,
         std::function<void()> before_metrics);

  void handle(const HttpRequest& request, HttpResponse response);

  /// A request for `path` was answered with `status`, by handle() or by the server itself.
  void observe(std::string_view path, int status) noexcept;

 private:
  void redirect_to_reader(const HttpRequest& request, HttpResponse& response) const;

  const Settings& settings_;
  WorkerStats& stats_;
  const std::function<void()> before_metrics_;
  Track track_;
};

}  // namespace kilometric
