// What a stranger may send as a target: read, and carried out over a few series, or refused. Nothing is thrown,
// the bounds hold, and both times the same is asked for, whether there is something or not. What asks by tags
// finds no series beside the name, or the beginning of names, that it says it asks for.
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "readerd/graphite/consolidation.h"
#include "readerd/graphite/evaluate.h"
#include "readerd/graphite/tag_query.h"

using namespace kilometric;
using namespace kilometric::graphite;

namespace {

using Asked = std::vector<std::pair<std::string, std::pair<int64_t, int64_t>>>;

// Has two series for each path that does not begin with "n"; or nothing.
class AnySource : public Source {
 public:
  explicit AnySource(bool has) : has_(has) {}

  SeriesList series(std::string_view path, int64_t from, int64_t until) override {
    asked.emplace_back(path, std::pair(from, until));
    if (!has_ || path.substr(0, 1) == "n") return {};
    return {one(path, "web.1.hits", from, until), one(path, "web.2.hits", from, until)};
  }

  Asked asked;

 private:
  static TimeSeries one(std::string_view path, const char* name, int64_t from, int64_t until) {
    TimeSeries series;
    series.name = name;
    series.path = path;
    series.tags = {{"name", name}, {"dc", "eu"}};
    series.step = 10;
    series.start = from - ((from % 10) + 10) % 10 + 10;
    for (int64_t at = series.start; at <= until && series.values.size() < 1000; at += 10)
      series.values.push_back(at % 70 == 0 ? kNone : static_cast<double>(at % 110));
    return series;
  }

  bool has_;
};

void hold_against_keys(const std::string& path) {
  if (!TagQuery::is_tagged(path)) return;
  const auto parsed = TagQuery::of_path(path, std::make_shared<uint64_t>(10'000));
  if (std::holds_alternative<Refusal>(parsed)) return;
  TagQuery& query = *std::get<std::shared_ptr<TagQuery>>(parsed);
  if (query.tags()) return;  // of one key: nobody matches others with it
  for (const char* text :
       {"web.1.hits;dc=eu;host=a", "web.2.hits;dc=us", "web.hits", "a;b=~", "stats.timers.x;a1=x;a=y"}) {
    const TaggedKey key(text);
    const auto verdict = query.matches(key.name(), key);
    if (std::holds_alternative<Refusal>(verdict)) return;
    if (!std::get<bool>(verdict)) continue;
    assert(key.name().starts_with(query.prefix()));
    assert(!query.name() || *query.name() == key.name());
  }
}

std::variant<SeriesList, Refusal> evaluated(const Expression& target, AnySource& source) {
  Budget budget;
  budget.points = 100'000;
  budget.calls = 200;
  budget.regex_steps = 10'000;
  Context context;
  context.from = 1'000'003;
  context.until = 1'000'403;
  context.now = context.until;
  context.budget = &budget;
  return evaluate(target, context, source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = parse_target(std::string_view(reinterpret_cast<const char*>(data), size));
  if (std::holds_alternative<Refusal>(parsed)) return 0;
  const auto& target = std::get<Expression>(parsed);
  AnySource nothing(false), all(true);
  const auto without = evaluated(target, nothing);
  auto with = evaluated(target, all);
  if (std::holds_alternative<Refusal>(without) || std::holds_alternative<Refusal>(with)) return 0;
  assert(nothing.asked == all.asked);
  for (const auto& [path, range] : all.asked) hold_against_keys(path);
  for (auto& series : std::get<SeriesList>(with)) {
    assert(series.step > 0 && series.values.size() <= 100'000);
    consolidate(series, 7);
    assert(series.values.size() <= 8);
  }
  return 0;
}
