#include "ingestd/worker/worker.h"

#include <filesystem>
#include <utility>

#include "common/clock.h"
#include "ingestd/count/succession.h"
#include "ingestd/process/listeners.h"
#include "ingestd/status/flusher_status.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kStopTime{4'000};

void set_up(SegmentWriter& writer, const Settings& settings) {
  writer.set_gauge_signs_add(settings.gauge_signs_add);
  writer.spellings().set_rules({settings.keep_tags, settings.tags, settings.tags_in_name});
}

/// Stands in for workers that were killed and are no longer configured: does what their successors
/// would do first, and stops. Worker 2 of what were four is worker 0's business when two are left.
void finish_for_missing(const Settings& settings, unsigned index) {
  for (unsigned missing = index + settings.workers; missing < kMostWorkers; missing += settings.workers) {
    const std::filesystem::path path = WorkerFile::path(settings.runtime_dir, missing);
    if (!std::filesystem::exists(path)) continue;
    WorkerFile file = succeed_worker(settings.runtime_dir, missing);
    SegmentWriter writer(settings.runtime_dir, missing, file, settings.max_keys);
    set_up(writer, settings);
    StreamText(file, writer, nullptr).finish();
    count_batch(file, writer, kReceiveDatagrams);
    writer.seal();
    std::filesystem::remove(KnownKeys::path(settings.runtime_dir, missing));
    std::filesystem::remove(SpareRoom::path(settings.runtime_dir, missing));
    std::filesystem::remove(RejectedLines::path(settings.runtime_dir, missing));
    std::filesystem::remove(path);  // last: as long as it is there, somebody comes here again
  }
}

}  // namespace

Worker::Worker(const Settings& settings, unsigned index)
    : settings_(settings),
      file_(succeed_worker(settings.runtime_dir, index)),
      writer_(settings.runtime_dir, index, file_, settings.max_keys,
              FlusherFile::grid(settings.runtime_dir, settings.flush_interval)),
      rejected_lines_(settings.runtime_dir, index),
      end_(loop_, [this] { on_end(); }),
      routes_(settings_, file_.stats(), writer_, rejected_lines_, [this] { count_connections(); }),
      channel_(
          loop_, [this] { stop(); }, [this] { on_alive(); }),
      streams_(loop_, file_, writer_, rejected_),
      http_(
          loop_, socket_fd(Listener::http, settings, 0, index), {},
          [this](const HttpRequest& request, HttpResponse response) {
            routes_.handle(request, std::move(response));
          },
          [this](std::string_view path, int status) { routes_.observe(path, status); }) {
  set_up(writer_, settings);
  listen(index);
  finish_for_missing(settings, index);
  writer_.on_begun([this] { await_end(); });
  if (writer_.has_begun()) await_end();
  bump(file_.stats().starts);
  channel_.ready();
}

/// At all addresses and paths; HTTP is at the first already.
void Worker::listen(unsigned index) {
  streams_.finish();
  for (size_t address = 0; address < settings_.bind.size(); ++address)
    receivers_.emplace_back(loop_, socket_fd(Listener::udp, settings_, address, index), Via::udp, file_,
                            writer_, rejected_);
  if (!settings_.unix_datagram.empty())
    receivers_.emplace_back(loop_, socket_fd(Listener::unix_datagram, settings_, 0, index), Via::unix_datagram,
                            file_, writer_, rejected_);
  for (size_t address = 0; settings_.tcp_port != 0 && address < settings_.bind.size(); ++address)
    streams_.listen(socket_fd(Listener::tcp, settings_, address, index), Via::tcp);
  if (!settings_.unix_stream.empty())
    streams_.listen(socket_fd(Listener::unix_stream, settings_, 0, index), Via::unix_stream);
  for (size_t address = 1; address < settings_.bind.size(); ++address)
    http_.also_listen(socket_fd(Listener::http, settings_, address, index));
}

/// Of the interval; the timer runs only while something is counted. A segment that follows a full one is of the
/// same interval, and so the timer runs already.
void Worker::await_end() noexcept {
  if (end_.active()) return;
  const Grid grid = FlusherFile::grid(settings_.runtime_dir, settings_.flush_interval);
  writer_.set_grid(grid);
  const int64_t now = boot_ms();
  end_ms_ = grid.next_end(now, end_ms_);
  end_.start(std::chrono::milliseconds(end_ms_ - now));
}

/// The timer may be early by a millisecond, or late by intervals when the process did not run.
void Worker::on_end() noexcept {
  const int64_t now = boot_ms();
  if (now < end_ms_) return end_.start(std::chrono::milliseconds(end_ms_ - now));
  const int64_t interval_ms = settings_.flush_interval.count();
  writer_.end_interval(end_ms_ + (now - end_ms_) / interval_ms * interval_ms);
  if (writer_.has_begun()) await_end();
}

void Worker::on_alive() noexcept {
  writer_.forget_idle_keys();
  rejected_.grow_old(boot_ms());
  streams_.close_silent();
  count_connections();
}

void Worker::count_connections() noexcept {
  file_.stats().connections.store(http_.connections(), std::memory_order_relaxed);
}

void Worker::stop() noexcept {
  for (Receiver& receiver : receivers_) receiver.drain_and_stop();
  streams_.stop();
  http_.stop(true, kStopTime, [this] {
    writer_.seal();
    file_.stats().connections.store(0, std::memory_order_relaxed);
    loop_.stop();
  });
}

}  // namespace kilometric
