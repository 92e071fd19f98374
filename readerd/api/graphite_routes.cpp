#include "readerd/api/graphite_routes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/clock.h"
#include "common/redis/stream_id.h"
#include "readerd/api/graphite_events.h"
#include "readerd/api/graphite_find.h"
#include "readerd/api/graphite_render.h"
#include "readerd/api/graphite_tags.h"
#include "readerd/api/tags_list.h"
#include "readerd/graphite/form.h"
#include "readerd/graphite/functions_list.h"
#include "readerd/graphite/render_query.h"
#include "readerd/output/accept.h"

namespace kilometric {
namespace {

constexpr std::string_view kRoutes[] = {"/render",
                                        "/metrics/find",
                                        "/metrics/expand",
                                        "/functions",
                                        "/version",
                                        "/events/get_data",
                                        "/tags/findSeries",
                                        "/tags/autoComplete/tags",
                                        "/tags/autoComplete/values"};

/// Grafana asks for functions and tags of versions from 1.1 on.
constexpr std::string_view kVersion = "1.1.10\n";

int64_t now_seconds() { return wall_ms() / 1000; }

/// Of one request at most.
constexpr size_t kMostPaths = 100;

/// Of tags, or values of one, as with Graphite.
constexpr size_t kUsualLimit = 100;

}  // namespace

std::string_view GraphiteRoutes::route_of(std::string_view path) {
  constexpr std::string_view kPrefix = "/graphite";
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto* const route = std::ranges::find(kRoutes, path);
  return route == std::end(kRoutes) ? std::string_view() : *route;
}

void GraphiteRoutes::handle(const HttpRequest& request, HttpResponse response) {
  const std::string_view route = route_of(request.path);
  if (route == "/render") return render(request, std::move(response));
  if (route == "/metrics/find") return find(request, std::move(response), false);
  if (route == "/metrics/expand") return find(request, std::move(response), true);
  if (route == "/tags/findSeries") return find_series(request, std::move(response));
  if (route == "/tags/autoComplete/tags") return complete(request, std::move(response), false);
  if (route == "/tags/autoComplete/values") return complete(request, std::move(response), true);
  if (route == "/events/get_data") return events(request, std::move(response));
  if (route == "/functions") return response.send(200, "application/json", graphite::functions_json());
  response.send(200, "text/plain; charset=utf-8", kVersion);
}

void GraphiteRoutes::render(const HttpRequest& request, HttpResponse response) {
  const auto form = graphite::Form::parse(request);
  if (const auto* refusal = std::get_if<Refusal>(&form)) return send_refusal(response, *refusal);
  auto parsed = graphite::parse_render(std::get<graphite::Form>(form), now_seconds());
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  const Codings codings = accepted_codings(request.header_list("accept-encoding"));
  if (!codings.gzip && !codings.identity)
    return send_refusal(response, {406, "Accept-Encoding: there are gzip and identity; take one of them"});
  std::make_shared<GraphiteRender>(loop_, store_, settings_, points_,
                                   std::get<graphite::RenderQuery>(std::move(parsed)), now_seconds(),
                                   std::move(response), codings)
      ->start();
}

void GraphiteRoutes::find(const HttpRequest& request, HttpResponse response, bool expand) {
  const auto form = graphite::Form::parse(request);
  if (const auto* refusal = std::get_if<Refusal>(&form)) return send_refusal(response, *refusal);
  std::vector<graphite::Path> paths;
  for (const std::string& query : std::get<graphite::Form>(form).all("query")) {
    auto path = graphite::Path::parse(query);
    if (const auto* refusal = std::get_if<Refusal>(&path)) return send_refusal(response, *refusal);
    paths.push_back(std::get<graphite::Path>(std::move(path)));
  }
  if (paths.empty()) return send_refusal(response, {400, "query: is missing; it is a path such as web.*"});
  if (paths.size() > kMostPaths) return send_refusal(response, {400, "query: more than 100 of them"});
  const auto kind = expand ? GraphiteFind::Form::expand : GraphiteFind::Form::find;
  std::make_shared<GraphiteFind>(store_, settings_.graphite_names, kind, std::move(paths), std::move(response))
      ->start();
}

void GraphiteRoutes::find_series(const HttpRequest& request, HttpResponse response) {
  const auto parsed = graphite::Form::parse(request);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  GraphiteTags::Wanted wanted{.expressions = std::get<graphite::Form>(parsed).all("expr")};
  if (wanted.expressions.empty())
    return send_refusal(response, {400, "expr: no tag expressions specified, such as expr=name=web.hits"});
  std::make_shared<GraphiteTags>(loop_, store_, std::move(wanted), std::move(response))->start();
}

/// Of all series by the index of tags; of those that expressions say, by looking at them.
void GraphiteRoutes::complete(const HttpRequest& request, HttpResponse response, bool values) {
  const auto parsed = graphite::Form::parse(request);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  const auto& form = std::get<graphite::Form>(parsed);
  const std::string *const tag = form.find("tag"),
                           *const prefix = form.find(values ? "valuePrefix" : "tagPrefix"),
                           *const limit = form.find("limit");
  if (values && tag == nullptr) return send_refusal(response, {400, "tag: is missing"});
  TagsQuery query;
  if (values) query.tag = *tag;
  if (prefix != nullptr) query.prefix = *prefix;
  query.limit = std::clamp<size_t>(limit ? parse_digits(*limit).value_or(kUsualLimit) : kUsualLimit, 1,
                                   TagsQuery::kMostLimit);
  query.plain = true;
  if (auto expressions = form.all("expr"); !expressions.empty()) {
    const auto kind = values ? GraphiteTags::Form::values : GraphiteTags::Form::tags;
    return std::make_shared<GraphiteTags>(
               loop_, store_,
               GraphiteTags::Wanted{kind, std::move(expressions), query.tag, query.prefix, query.limit},
               std::move(response))
        ->start();
  }
  std::make_shared<TagsList>(loop_, tags_, std::move(query), std::move(response))->start();
}

void GraphiteRoutes::events(const HttpRequest& request, HttpResponse response) {
  const auto parsed = graphite::Form::parse(request);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return send_refusal(response, *refusal);
  const auto& form = std::get<graphite::Form>(parsed);
  const auto range = graphite::parse_range(form, now_seconds());
  if (const auto* refusal = std::get_if<Refusal>(&range)) return send_refusal(response, *refusal);
  const auto [from, until] = std::get<std::pair<int64_t, int64_t>>(range);
  const std::string* const tags = form.find("tags");
  std::make_shared<GraphiteEvents>(store_, from, until, tags ? *tags : "", std::move(response))->start();
}

}  // namespace kilometric
