#include "readerd/api/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/http/refusal.h"
#include "common/metrics_text.h"
#include "readerd/api/events_list.h"
#include "readerd/api/health.h"
#include "readerd/api/instances_list.h"
#include "readerd/api/key_removal.h"
#include "readerd/api/keys_list.h"
#include "readerd/api/page_origin.h"
#include "readerd/api/page_routes.h"
#include "readerd/api/read.h"
#include "readerd/api/tags_list.h"
#include "readerd/output/accept.h"
#include "readerd/query/events_query.h"
#include "readerd/query/keys_query.h"
#include "readerd/query/query.h"

namespace kilometric {
namespace {

constexpr std::string_view kRoutes[] = {"/read", "/keys",      "/tags",   "/events",
                                        "/live", "/instances", "/health", "/metrics"};
constexpr std::string_view kTags = "/tags";

/// The route that a path is of; empty: of none. All tags are of one.
std::string_view route_of(std::string_view path) {
  if (const auto graphite = GraphiteRoutes::route_of(path); !graphite.empty()) return graphite;
  if (const auto page = page_route_of(path); !page.empty()) return page;
  if (path.starts_with("/tags/")) return kTags;
  const auto* const route = std::ranges::find(kRoutes, path);
  return route == std::end(kRoutes) ? std::string_view() : *route;
}

void send_unknown(HttpResponse& response, std::string_view path) {
  if (path == "/track")
    send_error(response, 404,
               "/track is served by kilometric-ingestd, at KILOMETRIC_PORT (3000 unless set); this is "
               "kilometric-readerd: /read, /keys, /tags, /events, /live, /instances, /health, /metrics, and "
               "Graphite's /render");
  else
    send_error(
        response, 404,
        "no such route; there are /read, /keys, /tags, /events, /live, /instances, /health, /metrics, and "
        "Graphite's /render");
}

/// HAProxy asks for the health by OPTIONS; a browser, which says what it wants to send, does not.
bool asks_for_health(const HttpRequest& request) {
  return request.path == "/health" && request.header("access-control-request-method").empty();
}

/// What a browser asks before it lets a page send anything but a plain GET.
void send_options(HttpResponse& response, std::string_view methods) {
  response.send(204, {}, {},
                fmt::format("Allow: {0}\r\nAccess-Control-Allow-Methods: {0}\r\n"
                            "Access-Control-Allow-Headers: Accept, If-None-Match, Last-Event-ID\r\n"
                            "Access-Control-Max-Age: 86400\r\n",
                            methods));
}

}  // namespace

void Routes::handle(const HttpRequest& request, HttpResponse response, size_t connections) {
  const std::string_view route = route_of(request.path);
  if (route.empty()) return send_unknown(response, request.path);
  const bool deletes = request.path == "/keys" && settings_.allow_delete;
  const bool graphite = !GraphiteRoutes::route_of(request.path).empty();
  const std::string_view methods = graphite  ? "GET, HEAD, POST, OPTIONS"
                                   : deletes ? "GET, HEAD, DELETE, OPTIONS"
                                             : "GET, HEAD, OPTIONS";
  if (request.method == HTTP_OPTIONS && !asks_for_health(request)) return send_options(response, methods);
  if (request.method == HTTP_DELETE && request.path == "/keys") return remove_key(request, std::move(response));
  const bool posts = graphite && request.method == HTTP_POST;
  if (request.method != HTTP_GET && request.method != HTTP_HEAD && request.method != HTTP_OPTIONS && !posts)
    return send_error(response, 405, fmt::format("{} takes {}", route, methods),
                      fmt::format("Allow: {}\r\n", methods));
  if (graphite) return graphite_.handle(request, std::move(response));
  if (!page_route_of(request.path).empty()) return send_page(request, std::move(response));
  if (request.path == "/read") return read(request, std::move(response));
  if (request.path == "/keys") return keys(request, std::move(response));
  if (route == kTags) return tags(request, std::move(response));
  if (request.path == "/events") return events(request, std::move(response));
  if (request.path == "/live") return live(request, std::move(response));
  if (request.path == "/instances") return instances(std::move(response));
  if (request.path == "/health") return health(std::move(response));
  metrics(std::move(response), connections);
}

void Routes::read(const HttpRequest& request, HttpResponse response) {
  const auto now_ms = static_cast<uint64_t>(wall_ms());  // for `now` and `-15min`
  auto parsed = parse_query(request.query, request.header_list("accept"), now_ms);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  const Codings codings = accepted_codings(request.header_list("accept-encoding"));
  if (!codings.gzip && !codings.identity)
    return send_refusal(response, {406, "Accept-Encoding: there are gzip and identity; take one of them"});
  Read::Client client{std::move(response), codings, request.header_list("if-none-match")};
  std::make_shared<Read>(loop_, store_, index_, sums_, settings_, std::get<Query>(std::move(parsed)),
                         std::move(client))
      ->start();
}

void Routes::keys(const HttpRequest& request, HttpResponse response) {
  auto parsed = parse_keys_query(request.query);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  std::make_shared<KeysList>(index_, std::get<KeysQuery>(std::move(parsed)), std::move(response))->start();
}

void Routes::tags(const HttpRequest& request, HttpResponse response) {
  auto parsed = parse_tags_query(request.path.substr(kTags.size()), request.query);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  std::make_shared<TagsList>(loop_, tags_, std::get<TagsQuery>(std::move(parsed)), std::move(response))
      ->start();
}

void Routes::events(const HttpRequest& request, HttpResponse response) {
  auto parsed = parse_events_query(request.query, static_cast<uint64_t>(wall_ms()));
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  std::make_shared<EventsList>(store_, std::get<EventsQuery>(std::move(parsed)), std::move(response))->start();
}

void Routes::remove_key(const HttpRequest& request, HttpResponse response) {
  if (!settings_.allow_delete)
    return send_error(response, 403,
                      "deleting is off; KILOMETRIC_ALLOW_DELETE=on lets kilometric-readerd do it");
  if (!may_delete(request.header("origin"), request.header("host"), settings_.cors_origin))
    return send_error(response, 403,
                      "this page may not delete; KILOMETRIC_CORS_ORIGIN lets pages of one origin, and from the "
                      "command line curl may");
  auto parsed = parse_metric_query(request.query);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  std::make_shared<KeyRemoval>(store_, std::get<MetricQuery>(std::move(parsed)), std::move(response))->start();
}

void Routes::live(const HttpRequest& request, HttpResponse response) {
  auto parsed = parse_live_query(request.query);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  if (lives_.size() == Live::kMost)
    return send_refusal(response, {503, fmt::format("{} live streams are open; close some", Live::kMost)});
  if (request.method == HTTP_HEAD) {
    response.begin(200, Live::kContentType, Live::kHeaders);
    return response.end();
  }
  const auto live = std::make_shared<Live>(loop_, live_shared_, std::get<LiveQuery>(std::move(parsed)),
                                           std::move(response), [this](Live& ended) { lives_.erase(&ended); });
  lives_.emplace(live.get(), live);
  live->start(request.header("last-event-id"));
}

void Routes::instances(HttpResponse response) {
  std::make_shared<InstancesList>(store_, std::move(response))->start();
}

void Routes::health(HttpResponse response) {
  std::make_shared<Health>(loop_, redis_, std::move(response))->start();
}

void Routes::metrics(HttpResponse response, size_t connections) {
  response.send(200, kMetricsContentType, metrics_.text(connections, lives_.size(), redis_.up()));
}

void Routes::count(std::string_view path, int status) {
  const std::string_view route = route_of(path);
  metrics_.count_answer(route.empty() ? "other" : route, status);
}

}  // namespace kilometric
