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
    if (const auto* refusal = std::get_if<Refusal>(&path)) return end(*refusal);
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
    const Meaning* meaning;
    Store::Keys keys;
    std::optional<Refusal> refusal = std::nullopt;
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

  /// Called when no page is being matched.
  void next() {
    if (page_) return begin_match(std::exchange(page_, nullptr));
    if (asked_) return;
    if (!ranges_.empty()) return ask();
    if (!found_ && round_ < meanings_.size()) return begin();
    end(std::monostate());
  }

  void ask() {
    if (++questions_ > kMostQuestions) return end(Refusal{400, "too many metrics to look at: ask for a name"});
    asked_ = true;
    const Range& range = ranges_.back();
    store_.keys(
        range.meaning->kind, range.least, range.most, alive_,
        [self = shared_from_this()](const Result<Store::Keys>& result) {
          const auto* const refusal = std::get_if<Refusal>(&result);
          if (refusal != nullptr && refusal->status != 400) return self->end(*refusal);
          self->on_page(refusal ? Store::Keys() : std::get<Store::Keys>(result));  // no index has no keys
        });
  }

  void on_page(Store::Keys keys) {
    asked_ = false;
    Range& range = ranges_.back();
    page_ = std::make_shared<Page>(Page{range.meaning, std::move(keys)});
    if (page_->keys.size() == kPageEntries)
      range.least = "(" + page_->keys.back();
    else
      ranges_.pop_back();
    if (page_->keys.empty()) page_ = nullptr;
    if (!matching_ && !ended_) next();
  }

  /// Meanwhile the next page is on its way.
  void begin_match(const std::shared_ptr<Page>& page) {
    matching_ = true;
    if (!ranges_.empty()) ask();
    const auto self = shared_from_this();
    in_background(
        loop_, [self, page] { self->match(*page); },
        [self, page] {
          self->matching_ = false;
          if (self->alive_() && !self->ended_) self->on_matched(*page);
        });
  }

  void match(Page& page) const {
    std::erase_if(page.keys, [&](const std::string& key) {
      if (page.refusal) return true;
      const auto verdict = query_->matches(name_alone(*page.meaning, key), TaggedKey(key));
      if (const auto* refusal = std::get_if<Refusal>(&verdict)) page.refusal = *refusal;
      return page.refusal || !std::get<bool>(verdict);
    });
  }

  void on_matched(const Page& page) {
    if (page.refusal) return end(*page.refusal);
    for (const std::string& key : page.keys) {
      found_ = true;
      if (const auto refusal = on_key_(*page.meaning, key)) return end(*refusal);
    }
    next();
  }

  void end(const Result<std::monostate>& result) {
    if (!std::exchange(ended_, true)) on_end_(result);
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
  std::shared_ptr<Page> page_;  ///< that waits until the one before is matched
  bool asked_ = false, matching_ = false, ended_ = false;
};

}  // namespace

void search_tags(Loop& loop, Store& store, std::shared_ptr<TagQuery> query, Alive alive, OnTaggedKey on_key,
                 Store::On<std::monostate> on_end) {
  std::make_shared<Search>(loop, store, std::move(query), std::move(alive), std::move(on_key),
                           std::move(on_end))
      ->start();
}

}  // namespace kilometric::graphite
