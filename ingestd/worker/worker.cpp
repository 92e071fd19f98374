#include "ingestd/worker/worker.h"

#include <filesystem>
#include <utility>

#include "ingestd/process/listeners.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kStopTime{4'000};

/// Stands in for workers that were killed and are no longer configured: does what their successors
/// would do first, and stops. Worker 2 of what were four is worker 0's business when two are left.
void finish_for_missing(const Settings& settings, unsigned index) {
  for (unsigned missing = index + settings.workers; missing < kMostWorkers; missing += settings.workers) {
    const std::filesystem::path path = WorkerFile::path(settings.runtime_dir, missing);
    if (!std::filesystem::exists(path)) continue;
    WorkerFile file = succeed_worker(settings.runtime_dir, missing);
    SegmentWriter writer(settings.runtime_dir, missing, file, settings.max_keys);
    count_batch(file, writer, kReceiveDatagrams);
    writer.seal();
    std::filesystem::remove(path);
  }
}

}  // namespace

Worker::Worker(const Settings& settings, unsigned index)
    : settings_(settings),
      file_(succeed_worker(settings.runtime_dir, index)),
      writer_(settings.runtime_dir, index, file_, settings.max_keys),
      routes_(settings_, file_.stats(), writer_, [this] { count_connections(); }),
      channel_(
          loop_, [this] { stop(); }, [this] { on_alive(); }),
      receiver_(loop_, socket_fd(Listener::udp, settings, index), file_, writer_),
      http_(
          loop_, socket_fd(Listener::http, settings, index), {},
          [this](const HttpRequest& request, HttpResponse response) {
            routes_.handle(request, std::move(response));
          },
          [this](std::string_view path, int status) { routes_.observe(path, status); }) {
  finish_for_missing(settings, index);
  bump(file_.stats().starts);
  channel_.ready();
}

void Worker::on_alive() noexcept {
  writer_.rotate_if_old();
  count_connections();
}

void Worker::count_connections() noexcept {
  file_.stats().connections.store(http_.connections(), std::memory_order_relaxed);
}

void Worker::stop() noexcept {
  receiver_.drain_and_stop();
  http_.stop(true, kStopTime, [this] {
    writer_.seal();
    file_.stats().connections.store(0, std::memory_order_relaxed);
    loop_.stop();
  });
}

}  // namespace kilometric
