#include "readerd/graphite/gather/tag_search.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/page.h"
#include "readerd/graphite/gather/path.h"
#include "readerd/graphite/gather/series_name.h"

namespace kilometric::graphite {
namespace {

constexpr size_t kMostQuestions = 100'000;

/// A path that is no pattern, whatever stands in the name.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (std::string_view("*?[]{}\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

std::string literal_of(const Path& path) {
  std::string text;
  for (size_t place = 0; place < path.size(); ++place)
    text.append(place == 0 ? "" : ".").append(path[place].literal.value_or(""));
  return text;
}

class Search : public std::enable_shared_from_this<Search> {
 public:
  Search(Loop& loop, Store& store, std::shared_ptr<TagQuery> query, Alive alive, OnTaggedKey on_key,
         Store::On<std::monostate> on_end)
      : loop_(loop),
        store_(store),
        query_(std::move(query)),
        alive_(std::move(alive)),
        on_key_(std::move(on_key)),
        on_end_(std::move(on_end)) {}

  void start() {
    auto path = Path::parse(query_->name() ? escaped(*query_->name()) : "*");
    if (const auto* refusal = std::get_if<Refusal>(&path)) return on_end_(*refusal);
    meanings_ = meanings_of(std::get<Path>(path), GraphiteNames::plain);
    if (!query_->name()) meanings_.resize(1);
    begin();
  }

 private:
  /// Keys that may be wanted lie here, as ZRANGEBYLEX takes it.
  struct Range {
    const Meaning* meaning;
    std::string least, most;
  };
  struct Page {
    Store::Keys keys;
    std::optional<Refusal> refusal;
  };

  void begin() {
    ranges_.clear();
    for (const Meaning& meaning : meanings_[round_++]) add_ranges(meaning);
    std::ranges::reverse(ranges_);
    next();
  }

  void add_ranges(const Meaning& meaning) {
    const std::string& prefix = query_->prefix();
    if (!query_->name())
      return ranges_.push_back({&meaning, "[" + prefix, prefix.empty() ? "+" : "(" + prefix + "\xff"});
    const std::string name = literal_of(meaning.keys), whole = "[" + name + query_->tags().value_or("");
    ranges_.push_back({&meaning, whole, whole});
    if (!query_->tags()) ranges_.push_back({&meaning, "[" + name + ";", "(" + name + "<"});
  }

  void next() {
    if (!ranges_.empty()) return ask();
    if (!found_ && round_ < meanings_.size()) return begin();
    on_end_(std::monostate());
  }

  void ask() {
    if (++questions_ > kMostQuestions)
      return on_end_(Refusal{400, "too many metrics to look at: ask for a name"});
    const Range& range = ranges_.back();
    store_.keys(
        range.meaning->kind, range.least, range.most, alive_,
        [self = shared_from_this()](const Result<Store::Keys>& result) {
          const auto* const refusal = std::get_if<Refusal>(&result);
          if (refusal != nullptr && refusal->status != 400) return self->on_end_(*refusal);
          self->on_page(refusal ? Store::Keys() : std::get<Store::Keys>(result));  // no index has no keys
        });
  }

  void on_page(Store::Keys keys) {
    Range& range = ranges_.back();
    const Meaning& meaning = *range.meaning;
    if (keys.size() == kPageEntries)
      range.least = "(" + keys.back();
    else
      ranges_.pop_back();
    if (keys.empty()) return next();
    const auto self = shared_from_this();
    const auto page = std::make_shared<Page>(Page{std::move(keys), std::nullopt});
    in_background(
        loop_, [self, page, &meaning] { self->match(*page, meaning); },
        [self, page, &meaning] {
          if (self->alive_()) self->on_matched(*page, meaning);
        });
  }

  void match(Page& page, const Meaning& meaning) {
    std::erase_if(page.keys, [&](const std::string& key) {
      if (page.refusal) return true;
      const auto verdict = query_->matches(name_alone(meaning, key), TaggedKey(key));
      if (const auto* refusal = std::get_if<Refusal>(&verdict)) page.refusal = *refusal;
      return page.refusal || !std::get<bool>(verdict);
    });
  }

  void on_matched(const Page& page, const Meaning& meaning) {
    if (page.refusal) return on_end_(*page.refusal);
    for (const std::string& key : page.keys) {
      found_ = true;
      if (const auto refusal = on_key_(meaning, key)) return on_end_(*refusal);
    }
    next();
  }

  Loop& loop_;
  Store& store_;
  const std::shared_ptr<TagQuery> query_;
  const Alive alive_;
  const OnTaggedKey on_key_;
  const Store::On<std::monostate> on_end_;
  Meanings meanings_;
  std::vector<Range> ranges_;  ///< still to be read, the next at the end
  size_t questions_ = 0;
  size_t round_ = 0;  ///< so many lists of meanings have been looked for
  bool found_ = false;
};

}  // namespace

void search_tags(Loop& loop, Store& store, std::shared_ptr<TagQuery> query, Alive alive, OnTaggedKey on_key,
                 Store::On<std::monostate> on_end) {
  std::make_shared<Search>(loop, store, std::move(query), std::move(alive), std::move(on_key),
                           std::move(on_end))
      ->start();
}

}  // namespace kilometric::graphite
