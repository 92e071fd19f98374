// What a reader's client may send: the query of /read, its moments and IDs; and the JSON it gets.
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <rapidjson/document.h>

#include "common/key.h"
#include "common/query_string.h"
#include "readerd/buckets.h"
#include "readerd/json.h"
#include "readerd/moment.h"
#include "readerd/query.h"

using namespace kilometric;

namespace {

constexpr uint64_t kNow = 1'603'303'544'893;

void check_id(const StreamId& id) {
  assert(parse_stream_id(to_text(id)) == id);
  if (const auto next = next_id(id))
    assert(*next > id);
  else
    assert(id == kLastId);
}

void check_moment(std::string_view text) {
  const auto from = parse_moment(text, Edge::from, kNow), to = parse_moment(text, Edge::to, kNow);
  assert(from.has_value() == to.has_value());
  if (!from) return;
  assert(*from <= *to && from->ms == to->ms);
  assert(!text.starts_with('-') || from->ms <= kNow);  // before now
  check_id(*from);
  check_id(*to);
}

void check_answer(const Query& query) {
  BucketBudget budget;
  const size_t before = budget.left;
  {
    Buckets buckets(query.type == Query::Type::points ? std::optional(query.period_ms) : std::nullopt, budget);
    for (const StreamId& id : {query.range.from, query.range.to})
      assert(buckets.add({id, {2, 500'000}}) == Buckets::Added::yes);
    Amount sum;
    for (const Bucket& bucket : buckets.all()) {
      assert(bucket.from <= bucket.to || query.type == Query::Type::points);
      sum += bucket.value;
    }
    assert(sum.normalized() == (Amount{5, 0}));
    rapidjson::Document json;
    json.Parse<rapidjson::kParseValidateEncodingFlag>(to_json(query.key, query.type, buckets.all()).c_str());
    assert(!json.HasParseError() && json["name"].GetString() == query.key);
    assert(json["values"].Size() == buckets.all().size());
  }
  assert(budget.left == before);
}

void check_query(std::string_view text) {
  const auto result = parse_query(text, kNow);
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    assert(refusal->status == 400 && key_error(refusal->message.substr(0, kMaxKeyBytes)) == nullptr);
    return;
  }
  const Query& query = std::get<Query>(result);
  assert(key_error(query.key) == nullptr);
  assert(query.range.from <= query.range.to);
  assert(query.period_ms >= 1000 && query.period_ms <= 31'536'000'000);
  check_answer(query);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  assert(percent_decode(percent_encode(text)) == text);
  check_moment(text);
  if (const auto parameters = QueryString::parse(text))
    for (const auto& [name, value] : parameters->all()) check_moment(value);
  check_query(text);
  return 0;
}
