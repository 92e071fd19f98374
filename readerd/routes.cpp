#include "readerd/routes.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include "common/metrics_text.h"
#include "readerd/health.h"
#include "readerd/query.h"
#include "readerd/read.h"
#include "readerd/refusal.h"

namespace kilometric {
namespace {

constexpr std::string_view kRoutes[] = {"/read", "/health", "/metrics"};

bool known(std::string_view path) { return std::ranges::find(kRoutes, path) != std::end(kRoutes); }

void send_unknown(HttpAnswer& answer, std::string_view path) {
  if (path == "/track")
    send_error(answer, 404,
               "/track is served by kilometric-ingestd, at KILOMETRIC_PORT (3000 unless set); this is "
               "kilometric-readerd: /read, /health, /metrics");
  else
    send_error(answer, 404, "no such route; there are /read, /health and /metrics");
}

/// `now`, `-15min`: by this host's clock.
uint64_t now_ms() {
  using namespace std::chrono;
  return static_cast<uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

void Routes::handle(const HttpRequest& request, HttpAnswer answer, size_t connections) {
  if (!known(request.path)) return send_unknown(answer, request.path);
  if (request.method != HTTP_GET && request.method != HTTP_HEAD)
    return send_error(answer, 405, "only GET and HEAD are served here", "Allow: GET, HEAD\r\n");
  if (request.path == "/read") return read(request, std::move(answer));
  if (request.path == "/health") return health(std::move(answer));
  metrics(std::move(answer), connections);
}

void Routes::read(const HttpRequest& request, HttpAnswer answer) {
  auto parsed = parse_query(request.query, now_ms());
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(answer, *refusal);
  std::make_shared<Read>(loop_, pages_, budget_, std::get<Query>(std::move(parsed)), std::move(answer))
      ->start();
}

void Routes::health(HttpAnswer answer) {
  std::make_shared<Health>(loop_, redis_, std::move(answer))->start();
}

void Routes::metrics(HttpAnswer answer, size_t connections) {
  answer.send(200, kMetricsContentType, metrics_.text(connections, redis_.up()));
}

void Routes::count(std::string_view path, int status) {
  metrics_.count_answer(known(path) ? path : "other", status);
}

}  // namespace kilometric
