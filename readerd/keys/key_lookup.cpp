#include "readerd/keys/key_lookup.h"

#include <memory>
#include <unordered_set>
#include <utility>
#include <variant>

#include "common/redis/layout.h"
#include "readerd/keys/kinds_of_key.h"

namespace kilometric {
namespace {

/// What all lookups of a query share.
struct Search {
  Store& store;
  KeyIndex& index;
  WantedKeys wanted;
  size_t most;
  Alive alive;
};

/// The lookup of one kind, glob after glob. It keeps itself alive while a question is on its way.
class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  /// `asks`: whether it has to say if one of the keys is listed.
  Lookup(const Search& search, Kind kind, bool asks, Store::On<FoundKeys> on_found)
      : store_(search.store),
        index_(search.index),
        kind_(kind),
        asks_(asks),
        wanted_(search.wanted),
        most_(search.most),
        alive_(search.alive),
        on_found_(std::move(on_found)) {
    found_.kind = kind;
  }

  void next() {
    if (glob_ == wanted_.globs.size()) return finish();
    if (wanted_.tags != nullptr) return look({});
    const std::string& text = glob().text();
    if (glob().literal() == text) return take_unseen(text);
    look_for_the_name(text);
  }

 private:
  const Glob& glob() const { return wanted_.globs[glob_]; }
  bool too_many() const { return found_.keys.size() > most_; }

  void add(const std::string& key) {
    if (!too_many() && known_.insert(key).second) found_.keys.push_back(key);
  }

  void take_unseen(const std::string& key) {
    if (!asks_ || found_.listed) return take(key);
    index_.has(kind_, key, alive_, [self = shared_from_this(), key](const Result<bool>& result) {
      if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_found_(*refusal);
      self->found_.listed = std::get<bool>(result);
      self->take(key);
    });
  }

  void take(const std::string& key) {
    add(key);
    found_.one = wanted_.globs.size() == 1;
    ++glob_;
    next();
  }

  void look_for_the_name(const std::string& name) {
    store_.stream_info(layout::stream_name(kind_, name), alive_,
                       [self = shared_from_this(), name](const Result<StreamInfo>& result) {
                         const auto* const info = std::get_if<StreamInfo>(&result);
                         if (info == nullptr && std::get<Refusal>(result).status != 400)
                           return self->on_found_(std::get<Refusal>(result));
                         if (info == nullptr || info->length == 0) return self->look_for_matches();
                         self->found_.listed = true;  // as good as that
                         self->take(name);
                       });
  }

  void look_for_matches() {
    if (const auto literal = glob().literal()) return take_unseen(*literal);
    look({});
  }

  void look(const std::string& after) {
    index_.page(kind_, {glob(), wanted_.tags}, after, alive_,
                [self = shared_from_this()](const Result<KeyIndex::Page>& result) {
                  if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_found_(*refusal);
                  self->on_page(std::get<KeyIndex::Page>(result));
                });
  }

  void on_page(const KeyIndex::Page& page) {
    for (size_t i = 0; i < page.keys.size(); ++i)
      if (page.matches[i]) add(page.keys[i]);
    found_.listed |= !found_.keys.empty();
    if (!page.last && !too_many()) return look(page.keys.back());
    glob_ = too_many() ? wanted_.globs.size() : glob_ + 1;
    next();
  }

  void finish() {
    if (too_many())
      return on_found_(
          Refusal{400, "key: more than " + std::to_string(most_) + " keys match; use a narrower pattern"});
    on_found_(std::move(found_));
  }

  Store& store_;
  KeyIndex& index_;
  const Kind kind_;
  const bool asks_;
  const WantedKeys wanted_;
  const size_t most_;
  const Alive alive_;
  const Store::On<FoundKeys> on_found_;
  size_t glob_ = 0;  ///< the place of the glob at hand
  FoundKeys found_;
  std::unordered_set<std::string> known_;
};

/// The lookups of one kind after the other, until one finds a key that is listed.
class LookupOfKinds : public std::enable_shared_from_this<LookupOfKinds> {
 public:
  LookupOfKinds(const Search& search, Store::On<FoundKeys> on_found)
      : search_(search), on_found_(std::move(on_found)) {}

  void next() {
    std::make_shared<Lookup>(
        search_, kKinds[at_].kind, true,
        [self = shared_from_this()](const Result<FoundKeys>& result) { self->on_result(result); })
        ->next();
  }

 private:
  void on_result(const Result<FoundKeys>& result) {
    const auto* const found = std::get_if<FoundKeys>(&result);
    if (found == nullptr || found->listed) return on_found_(result);
    if (at_ == 0) of_counters_ = *found;
    if (++at_ == kKinds.size()) return on_found_(of_counters_);
    next();
  }

  const Search search_;
  const Store::On<FoundKeys> on_found_;
  size_t at_ = 0;  ///< the kind's row
  FoundKeys of_counters_;
};

/// Looks one key up, whose kind is open.
void look_up_key(const Search& search, const std::string& key, const Store::On<FoundKeys>& on_found) {
  ask_kinds(search.index, key, search.alive, [key, on_found](const Result<std::vector<Kind>>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return on_found(*refusal);
    const auto& kinds = std::get<std::vector<Kind>>(result);
    FoundKeys found{{key}, true, Kind::counter, !kinds.empty(), {}};
    if (found.listed) {
      found.kind = kinds.front();
      found.also.assign(kinds.begin() + 1, kinds.end());
    }
    on_found(found);
  });
}

}  // namespace

void look_up_keys(Store& store, KeyIndex& index, std::optional<Kind> kind, const WantedKeys& wanted,
                  size_t most, Alive alive, Store::On<FoundKeys> on_found) {
  const Search search{store, index, wanted, most, std::move(alive)};
  if (kind) return std::make_shared<Lookup>(search, *kind, false, std::move(on_found))->next();
  const Glob& first = wanted.globs.front();
  const std::string& text = first.text();
  if (wanted.tags == nullptr && wanted.globs.size() == 1 && first.literal() == text)
    return look_up_key(search, text, on_found);
  std::make_shared<LookupOfKinds>(search, std::move(on_found))->next();
}

}  // namespace kilometric
