#include "readerd/api/tags_list.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/json.h"

namespace kilometric {
namespace {

/// The time that a walk over all keys may take.
constexpr std::chrono::seconds kMostTime{30};

}  // namespace

TagsList::TagsList(Loop& loop, TagFollower& follower, TagsQuery query, HttpResponse response)
    : follower_(follower), query_(std::move(query)), response_(std::move(response)), deadline_(loop, [this] {
        refuse({503, "looking at all keys took more than 30 seconds; it goes on: try again"});
      }) {}

void TagsList::start() {
  deadline_.start(kMostTime);
  const auto self = shared_from_this();
  follower_.when_known([self] { return self->wanted(); },
                       [self](const TagIndex* index, const Refusal& refusal) {
                         if (index == nullptr) return self->refuse(refusal);
                         self->send(*index);
                       });
}

void TagsList::send(const TagIndex& index) {
  done_ = true;
  deadline_.stop();
  if (query_.plain) return send_plain(index);
  query_.tag.empty() ? send_tags(index) : send_values(index);
}

void TagsList::send_tags(const TagIndex& index) {
  std::string text;
  for (const std::string& tag : index.tags(query_.prefix))
    text.append(text.empty() ? "[" : ",").append(R"({"tag":)").append(json_string(tag)).append("}");
  response_.send(200, "application/json", (text.empty() ? "[" : text) + "]");
}

void TagsList::send_values(const TagIndex& index) {
  auto values = index.values(query_.tag, query_.limit + 1, query_.prefix, query_.cursor);
  const bool more = values.size() > query_.limit;
  if (more) values.pop_back();
  std::string text = fmt::format(R"({{"tag":{},"values":[)", json_string(query_.tag));
  for (const ValueCounts::Value& value : values)
    text += fmt::format(R"({}{{"count":{},"value":{}}})", &value == &values.front() ? "" : ",", value.count,
                        json_string(value.text));
  text += ']';
  if (more) text.append(R"(,"cursor":)").append(json_string(values.back().text));
  response_.send(200, "application/json", text + '}');
}

void TagsList::send_plain(const TagIndex& index) {
  std::vector<std::string> texts;
  if (query_.tag.empty())
    texts = index.tags(query_.prefix);
  else
    for (const ValueCounts::Value& value : index.values(query_.tag, query_.limit, query_.prefix, ""))
      texts.emplace_back(value.text);
  if (texts.size() > query_.limit) texts.resize(query_.limit);
  std::string text;
  for (const std::string& each : texts) text.append(text.empty() ? "[" : ",").append(json_string(each));
  response_.send(200, "application/json", (text.empty() ? "[" : text) + "]");
}

void TagsList::refuse(const Refusal& refusal) {
  done_ = true;
  deadline_.stop();
  send_refusal(response_, refusal);
}

}  // namespace kilometric
