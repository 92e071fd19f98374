// What a reader's client may send: the query of /read, its moments and IDs; and the JSON it gets.
#include "readerd/query/query.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/query_string.h"
#include "common/metric/glob.h"
#include "common/metric/key.h"
#include "common/redis/layout.h"
#include "readerd/functions/shape.h"
#include "readerd/graphite/at_time.h"
#include "readerd/graphite/form.h"
#include "readerd/graphite/gather/names.h"
#include "readerd/graphite/gather/path.h"
#include "readerd/graphite/render_query.h"
#include "readerd/keys/tag_filter.h"
#include "readerd/keys/tagged_key.h"
#include "readerd/output/output.h"
#include "readerd/query/globs.h"
#include "readerd/query/keys_query.h"
#include "readerd/query/moment.h"
#include "readerd/series/buckets.h"
#include "readerd/series/plan.h"

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
  assert(*from <= *to && to->ms - from->ms < layout::kDayMs);
  assert(!text.starts_with('-') || from->ms <= kNow);  // before now
  check_id(*from);
  check_id(*to);
}

/// Two entries, at the ends of the range, on their way to JSON.
void check_answer(Query query) {
  if (query.settle(Kind::counter)) return;
  query.shape.limit = 0;
  query.shape.fill = Fill::none;
  const Selection& selection = query.selection;
  Buckets buckets(selection.period, selection.order);
  const auto output = Output::make(Format::json, selection.period.is_whole(), false, query.measure.fields());
  Shape values(selection, query.shape, *output);
  values.begin(query.name);
  const bool ascending = selection.ascending();
  Delta sum;
  std::vector<Bucket> all;
  buckets.add((ascending ? selection.range.from : selection.range.to).ms, Counter{{2, 500'000}}, all);
  buckets.add((ascending ? selection.range.to : selection.range.from).ms, Counter{{2, 500'000}}, all);
  all.push_back(buckets.finish().value());
  for (const Bucket& bucket : all) {
    sum.then(bucket.delta);
    assert(values.add(bucket));
  }
  assert(values.end());
  assert(sum.events().normalized() == (Amount{5, 0}));
  assert(all.size() <= selection.period.buckets_between(selection.range.from.ms, selection.range.to.ms));
  rapidjson::Document json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(output->text().c_str());
  assert(!json.HasParseError() && json["name"].GetString() == query.name);
  assert(json["values"].Size() == all.size());
}

/// A plan covers the range, part after part, without a gap.
void check_plan(const Selection& selection, Kind kind, const Reach& reach) {
  const auto parts = make_plan(kind, selection.range, selection.period.grain(selection.range), reach);
  assert(!parts.empty() && parts.front().range.from == selection.range.from &&
         parts.back().range.to == selection.range.to);
  for (size_t i = 1; i < parts.size(); ++i) assert(next_id(parts[i - 1].range.to) == parts[i].range.from);
}

void check_query(std::string_view text) {
  const auto result = parse_query(text, text, kNow);
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    assert((refusal->status == 400 || refusal->status == 406) &&
           key_error(refusal->message.substr(0, kMaxKeyBytes)) == nullptr);
    return;
  }
  const Query& query = std::get<Query>(result);
  assert(query.selection.range.from <= query.selection.range.to);
  for (const Glob& glob : query.globs) {
    assert(key_error(glob.text()) == nullptr);
    if (const auto literal = glob.literal()) assert(glob.matches(*literal) && glob.prefix() == *literal);
  }
  check_answer(query);
  const StreamInfo old{9, {std::min(query.selection.range.from.ms, kNow) / 2, 0}, {kNow, 0}};
  for (const Kind kind : {Kind::counter, Kind::timer})
    for (const StreamInfo& raw : {StreamInfo{}, old, StreamInfo{9, {kNow, 0}, {kNow, 0}}})
      check_plan(query.selection, kind, {raw, old, old, old});
}

void check_keys_query(std::string_view text) {
  const auto result = parse_keys_query(text);
  if (const auto* query = std::get_if<KeysQuery>(&result))
    assert(query->limit > 0 && query->limit <= KeysQuery::kMostLimit);
  const auto live = parse_live_query(text);
  if (const auto* query = std::get_if<LiveQuery>(&live))
    assert(query->globs.size() <= kMostGlobs && query->measure.names.size() <= Measure::kMostStats);
}

/// A key is its name and its tags again, and each of them is found. The path and the query are the input's two
/// lines.
void check_tags(std::string_view text) {
  const TaggedKey key(text);
  std::string whole(key.name());
  key.for_each([&](const TaggedKey::Tag& tag) {
    assert(!tag.first.empty() && key.find(tag.first));
    whole.append(1, ';').append(tag.first).append(1, '=').append(tag.second);
  });
  assert(whole == text);
  const auto filter = TagFilter::parse(text);
  if (const auto* parsed = std::get_if<TagFilter>(&filter)) {
    const auto negated = TagFilter::parse("!" + std::string(text));
    if (const auto* other = std::get_if<TagFilter>(&negated))
      assert(other->matches(key) != parsed->matches(key));
  }
  const size_t end = std::min(text.find('\n'), text.size());
  const auto query = parse_tags_query(text.substr(0, end), text.substr(end));
  if (const auto* parsed = std::get_if<TagsQuery>(&query))
    assert(parsed->limit > 0 && (parsed->tag.empty() || key_error(parsed->tag) == nullptr));
}

/// Whatever matches begins with the prefix. The pattern and the key are the input's two lines.
void check_glob(std::string_view text) {
  const size_t end = text.find('\n');
  const auto glob = Glob::parse(text.substr(0, std::min(end, kMaxKeyBytes)));
  if (!glob || end == text.npos) return;
  const std::string_view key = text.substr(end + 1);
  if (glob->matches(key)) assert(key.starts_with(glob->prefix()));
  if (const auto literal = glob->literal()) assert(glob->matches(key) == (key == *literal));
}

/// What a client of Graphite's API may send: moments, paths, a form.
void check_graphite(std::string_view text) {
  constexpr int64_t kSeconds = kNow / 1000;
  if (const auto moment = graphite::parse_at_time(text, kSeconds)) assert(*moment >= 0);
  const auto path = graphite::Path::parse(text);
  if (const auto* const parsed = std::get_if<graphite::Path>(&path)) {
    const graphite::Meanings meanings = graphite::meanings_of(*parsed, GraphiteNames::plain);
    assert(meanings.front().size() == kKinds.size());
    for (const auto& some : meanings)
      for (const graphite::Meaning& meaning : some)
        assert(meaning.keys.size() > 0 && (&some == &meanings.front() || meaning.keys.size() < parsed->size()));
  }
  const HttpRequest request{HTTP_POST, "/render", text.substr(0, text.size() / 2), text.substr(text.size() / 2),
                            nullptr};
  const auto form = graphite::Form::parse(request);
  if (std::holds_alternative<Refusal>(form)) return;
  const auto query = graphite::parse_render(std::get<graphite::Form>(form), kSeconds);
  if (const auto* const parsed = std::get_if<graphite::RenderQuery>(&query))
    assert(parsed->from < parsed->until && parsed->targets.size() <= graphite::RenderQuery::kMostTargets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  assert(percent_decode(percent_encode(text)) == text);
  check_moment(text);
  if (const auto parameters = QueryString::parse(text))
    for (const auto& [name, value] : parameters->all()) check_moment(value);
  check_query(text);
  check_keys_query(text);
  check_glob(text);
  check_tags(text);
  check_graphite(text);
  return 0;
}
