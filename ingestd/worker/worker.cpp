#include "ingestd/worker/worker.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "common/metrics_text.h"
#include "ingestd/process/listeners.h"
#include "ingestd/status/metrics.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kStopTime{4'000};
constexpr std::string_view kJson = "application/json";

Route route_of(std::string_view path) {
  const auto* const known = std::find(std::begin(kRouteNames), std::end(kRouteNames) - 1, path);
  return static_cast<Route>(known - std::begin(kRouteNames));
}

/// The host of a Host header without its port; brackets of an IPv6 address stay.
std::string_view host_only(std::string_view host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return host.substr(0, colon);
}

/// Nothing but what a host is made of may be repeated in an answer.
bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']';
  });
}

/// Stands in for workers that were killed and are no longer configured: does what their successors
/// would do first, and stops. Worker 2 of what were four is worker 0's business when two are left.
void finish_for_missing(const Settings& settings, unsigned index) {
  constexpr unsigned kMostWorkers = 64;
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
      track_(writer_),
      channel_(
          loop_, [this] { stop(); }, [this] { on_alive(); }),
      receiver_(loop_, socket_fd(Listener::udp, settings, index), file_, writer_),
      http_(
          loop_, socket_fd(Listener::http, settings, index), {},
          [this](const HttpRequest& request, HttpResponse response) { handle(request, std::move(response)); },
          [this](std::string_view path, int status) { observe(path, status); }) {
  finish_for_missing(settings, index);
  bump(file_.stats().starts);
  channel_.ready();
}

void Worker::handle(const HttpRequest& request, HttpResponse response) {
  const Route route = route_of(request.path);
  const bool get = request.method == HTTP_GET || request.method == HTTP_HEAD;
  if (route == Route::other)
    return send_error(
        response, 404,
        "no such route; there are /track, /health and /metrics here, and /read at the reader's port");
  if (!get && !(route == Route::track && request.method == HTTP_POST))
    return send_error(response, 405, route == Route::track ? "use GET or POST" : "use GET",
                      route == Route::track ? "Allow: GET, HEAD, POST\r\n" : "Allow: GET, HEAD\r\n");
  switch (route) {
    case Route::track:
      return track_.handle(request, response);
    case Route::read:
      return redirect_to_reader(request, response);
    case Route::health:
      return healthy(settings_) ? response.send(200, kJson, R"({"status":"ok"})")
                                : response.send(422, kJson, R"({"status":"error"})");
    default:
      file_.stats().connections.store(http_.connections(), std::memory_order_relaxed);
      return response.send(200, kMetricsContentType, metrics_text(settings_));
  }
}

/// For users of the original, whose one port answered everything.
void Worker::redirect_to_reader(const HttpRequest& request, HttpResponse& response) const {
  std::string host(host_only(request.header("host")));
  if (!is_host(host)) host = settings_.bind;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
  response.send(307, kJson,
                R"({"error":"the reader answers /read, at another port; follow the Location header"})",
                fmt::format("Location: http://{}:{}/read{}{}\r\n", host, settings_.reader_port,
                            request.query.empty() ? "" : "?", request.query));
}

void Worker::observe(std::string_view path, int status) noexcept {
  const auto* const known = std::find(std::begin(kStatuses), std::end(kStatuses) - 1, status);
  auto& requests = file_.stats().requests[static_cast<size_t>(route_of(path))];
  bump(requests[known - std::begin(kStatuses)]);
}

void Worker::on_alive() noexcept {
  writer_.rotate_if_old();
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
