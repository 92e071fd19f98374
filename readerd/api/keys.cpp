#include "readerd/api/keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/http/query_string.h"
#include "common/metric/key.h"
#include "common/redis/layout.h"
#include "common/redis/stream_id.h"
#include "readerd/keys/key_lookup.h"
#include "readerd/output/json.h"

namespace kilometric {
namespace {

constexpr Kind kKind = Kind::counter;
constexpr const char* kBadlyEncoded = "badly encoded query: a % must be followed by two hexadecimal digits";

}  // namespace

std::variant<KeysQuery, Refusal> parse_keys_query(std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  const std::string* const match = parameters->find("match");
  if (const char* error = match ? key_error(*match) : nullptr)
    return Refusal{400, std::string("match: ") + error};
  auto glob = Glob::parse(match ? *match : "*");
  if (!glob) return Refusal{400, "match: the braces make more than 100 patterns"};
  KeysQuery query{std::move(*glob), KeysQuery::kUsualLimit, {}};
  if (const std::string* const limit = parameters->find("limit")) {
    const auto number = parse_digits(*limit);
    if (!number || *number == 0 || *number > KeysQuery::kMostLimit)
      return Refusal{400, "limit: must be a whole number, 1 to 10000"};
    query.limit = *number;
  }
  if (const std::string* const cursor = parameters->find("cursor")) query.cursor = *cursor;
  if (query.cursor.size() > kMaxKeyBytes) return Refusal{400, "cursor: must be what an earlier answer gave"};
  return query;
}

std::variant<std::string, Refusal> parse_key(std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  const std::string* const key = parameters->find("key");
  const auto named_key = [](const auto& parameter) { return parameter.first == "key"; };
  if (std::ranges::count_if(parameters->all(), named_key) > 1) return Refusal{400, "key: one at a time"};
  if (key == nullptr) return Refusal{400, "key is missing: name the metric, as in key=my-metric"};
  if (const char* error = key_error(*key)) return Refusal{400, std::string("key: ") + error};
  return *key;
}

void KeysList::start() {
  const std::string prefix = query_.match.prefix();
  const bool behind = !query_.cursor.empty() && query_.cursor >= prefix;
  ask(behind ? "(" + query_.cursor : least_with(prefix));
}

void KeysList::ask(std::string least) {
  const auto self = shared_from_this();
  store_.keys(
      kKind, std::move(least), most_with(query_.match.prefix()), [self] { return self->response_.wanted(); },
      [self](const Result<Store::Keys>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->on_keys(std::get<Store::Keys>(result));
      });
}

void KeysList::on_keys(const Store::Keys& keys) {
  store_.matching().match(
      query_.match, keys, [self = shared_from_this()] { return self->response_.wanted(); },
      [self = shared_from_this(), keys](const auto& matched) { self->on_matched(keys, matched); });
}

void KeysList::on_matched(const Store::Keys& keys, const std::vector<bool>& matched) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (found_.size() == query_.limit) return finish(true);
    if (matched[i]) found_.push_back(keys[i]);
    last_ = keys[i];
  }
  looked_at_ += keys.size();
  if (keys.size() < kPageEntries) return finish(false);
  if (found_.size() == query_.limit || looked_at_ >= kMostLookedAt) return finish(true);
  ask("(" + last_);
}

void KeysList::finish(bool more) {
  std::string text = R"({"keys":[)";
  for (const std::string& key : found_)
    text.append(&key == &found_.front() ? "" : ",").append(json_string(key));
  text += ']';
  if (more) text.append(R"(,"cursor":)").append(json_string(last_));
  response_.send(200, "application/json", text + '}');
}

/// What is no stream is somebody else's.
void KeyRemoval::start() {
  store_.stream_info(
      layout::stream_name(kKind, key_), [] { return true; },
      [self = shared_from_this()](const Result<StreamInfo>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->remove();
      });
}

void KeyRemoval::remove() {
  unanswered_ = 4;
  ask("UNLINK", layout::stream_name(kKind, key_));
  ask("UNLINK", layout::hour_name(kKind, key_));
  ask("UNLINK", layout::day_name(kKind, key_));
  ask("ZREM", std::string(text_of(kKind).index));
}

/// Wanted in any case: a client that has gone has asked for it all the same.
void KeyRemoval::ask(std::string command, std::string name) {
  std::vector<std::string> words{std::move(command), std::move(name)};
  if (words.front() == "ZREM") words.push_back(key_);
  store_.number(
      std::move(words), [] { return true; },
      [self = shared_from_this()](const Result<int64_t>& result) { self->on_number(result); });
}

void KeyRemoval::on_number(const Result<int64_t>& result) {
  --unanswered_;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(response_, *refusal);
  removed_ += std::get<int64_t>(result);
  if (unanswered_ > 0) return;
  if (removed_ > 0)
    response_.send(204, {}, {});
  else
    send_error(response_, 404, "there is no metric of that key");
}

}  // namespace kilometric
