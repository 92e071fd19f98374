#include "ingestd/worker/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "common/http/host.h"
#include "common/metrics_text.h"
#include "ingestd/status/metrics.h"
#include "ingestd/status/rejected_page.h"

namespace kilometric {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kRejectedPath = "/rejected";

/// OPTIONS asks for the health, too: HAProxy sends it.
std::string_view methods_of(Route route) {
  if (route == Route::track) return "GET, HEAD, POST";
  return route == Route::health ? "GET, HEAD, OPTIONS" : "GET, HEAD";
}

bool takes(Route route, llhttp_method_t method) {
  if (method == HTTP_GET || method == HTTP_HEAD) return true;
  return (route == Route::track && method == HTTP_POST) || (route == Route::health && method == HTTP_OPTIONS);
}

Route route_of(std::string_view path) {
  const auto* const known = std::find(std::begin(kRouteNames), std::end(kRouteNames) - 1, path);
  return static_cast<Route>(known - std::begin(kRouteNames));
}

}  // namespace

Routes::Routes(const Settings& settings, WorkerStats& stats, SegmentWriter& writer, RejectedLines& rejected,
               std::function<void()> before_metrics)
    : settings_(settings),
      stats_(stats),
      before_metrics_(std::move(before_metrics)),
      track_(writer, rejected) {}

void Routes::handle(const HttpRequest& request, HttpResponse response) {
  const Route route = route_of(request.path);
  if (route == Route::other && request.path != kRejectedPath)
    return send_error(response, 404,
                      "no such route; there are /track, /health, /metrics and /rejected here, and /read at the "
                      "reader's port");
  if (!takes(route, request.method))
    return send_error(response, 405, route == Route::track ? "use GET or POST" : "use GET",
                      fmt::format("Allow: {}\r\n", methods_of(route)));
  switch (route) {
    case Route::track:
      return track_.handle(request, response);
    case Route::read:
      return redirect_to_reader(request, response);
    case Route::health:
      return healthy(settings_) ? response.send(200, kJson, R"({"status":"ok"})")
                                : response.send(422, kJson, R"({"status":"error"})");
    case Route::metrics:
      before_metrics_();
      return response.send(200, kMetricsContentType, metrics_text(settings_));
    default:
      return response.send(200, kJson, rejected_page(settings_));
  }
}

void Routes::redirect_to_reader(const HttpRequest& request, HttpResponse& response) const {
  std::string host(without_port(request.header("host")));
  if (!is_host(host)) host = settings_.bind.front();
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
  response.send(307, kJson,
                R"({"error":"the reader answers /read, at another port; follow the Location header"})",
                fmt::format("Location: http://{}:{}/read{}{}\r\n", host, settings_.reader_port,
                            request.query.empty() ? "" : "?", request.query));
}

void Routes::observe(std::string_view path, int status) noexcept {
  const auto* const known = std::find(std::begin(kStatuses), std::end(kStatuses) - 1, status);
  auto& requests = stats_.requests[static_cast<size_t>(route_of(path))];
  bump(requests[known - std::begin(kStatuses)]);
}

}  // namespace kilometric
