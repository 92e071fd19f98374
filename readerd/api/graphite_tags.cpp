#include "readerd/api/graphite_tags.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <variant>

#include "common/json.h"
#include "readerd/graphite/gather/series_name.h"
#include "readerd/graphite/tag_query.h"

namespace kilometric {
namespace {

/// The time that looking at keys may take.
constexpr std::chrono::seconds kMostTime{30};

}  // namespace

GraphiteTags::GraphiteTags(Loop& loop, Store& store, Wanted wanted, HttpResponse response)
    : loop_(loop),
      store_(store),
      wanted_(std::move(wanted)),
      response_(std::move(response)),
      deadline_(loop, [this] {
        refuse({503, "looking at all keys took more than 30 seconds: ask for a name, such as name=web.hits"});
      }) {}

void GraphiteTags::start() {
  auto expressions = wanted_.expressions;
  for (const std::string& each : expressions) given_.insert(each.substr(0, each.find_first_of("!=")));
  if (wanted_.form == Form::values) expressions.push_back(wanted_.tag + "!=");
  const auto parsed = graphite::TagQuery::parse(expressions, graphite::TagQuery::make_steps());
  if (const auto* refusal = std::get_if<Refusal>(&parsed))
    return refuse({refusal->status, "expr: " + refusal->message});
  deadline_.start(kMostTime);
  const auto self = shared_from_this();
  graphite::search_tags(
      loop_, store_, std::get<std::shared_ptr<graphite::TagQuery>>(parsed),
      [self] { return self->is_waiting(); },
      [self](const graphite::Meaning& meaning, const std::string& key) { return self->on_key(meaning, key); },
      [self](const Result<std::monostate>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
        self->send();
      });
}

std::optional<Refusal> GraphiteTags::on_key(const graphite::Meaning& meaning, const std::string& key) {
  if (wanted_.form == Form::series) {
    texts_.insert(graphite::series_name(meaning, key));
    if (texts_.size() > kMostSeries)
      return Refusal{400, fmt::format("expr: more than {} series match: ask for fewer", kMostSeries)};
    return std::nullopt;
  }
  const auto tags = graphite::series_tags(meaning, key);
  if (wanted_.form == Form::values) {
    if (const auto tag = tags.find(wanted_.tag); tag != tags.end()) add(tag->second);
    return std::nullopt;
  }
  for (const auto& [tag, value] : tags)
    if (!given_.contains(tag)) add(tag);
  return std::nullopt;
}

/// The first of them are kept, in the order of their bytes.
void GraphiteTags::add(const std::string& text) {
  if (!text.starts_with(wanted_.prefix)) return;
  texts_.insert(text);
  if (texts_.size() > wanted_.limit) texts_.erase(std::prev(texts_.end()));
}

void GraphiteTags::send() {
  done_ = true;
  deadline_.stop();
  std::string list;
  for (const std::string& text : texts_) list.append(list.empty() ? "[" : ",").append(json_string(text));
  response_.send(200, "application/json", (list.empty() ? "[" : list) + "]");
}

void GraphiteTags::refuse(const Refusal& refusal) {
  done_ = true;
  deadline_.stop();
  send_refusal(response_, refusal);
}

}  // namespace kilometric
