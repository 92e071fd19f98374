#include "readerd/keys/key_lookup.h"

#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// One lookup, glob after glob. It keeps itself alive while a question is on its way.
class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  Lookup(Store& store, KeyIndex& index, Kind kind, const std::vector<Glob>& globs, size_t most, Alive alive,
         Store::On<FoundKeys> on_found)
      : store_(store),
        index_(index),
        kind_(kind),
        globs_(globs),
        most_(most),
        alive_(std::move(alive)),
        on_found_(std::move(on_found)) {}

  void next() {
    if (glob_ == globs_.size()) return finish();
    const std::string& text = glob().text();
    if (glob().literal() == text) return take(text);
    look_for_the_name(text);
  }

 private:
  const Glob& glob() const { return globs_[glob_]; }
  bool too_many() const { return found_.keys.size() > most_; }

  void add(const std::string& key) {
    if (!too_many() && known_.insert(key).second) found_.keys.push_back(key);
  }

  void take(const std::string& key) {
    add(key);
    found_.one = globs_.size() == 1;
    ++glob_;
    next();
  }

  void look_for_the_name(const std::string& name) {
    store_.stream_info(layout::stream_name(kind_, name), alive_,
                       [self = shared_from_this(), name](const Result<StreamInfo>& result) {
                         const auto* const info = std::get_if<StreamInfo>(&result);
                         if (info == nullptr && std::get<Refusal>(result).status != 400)
                           return self->on_found_(std::get<Refusal>(result));
                         if (info != nullptr && info->length > 0) return self->take(name);
                         self->look_for_matches();
                       });
  }

  void look_for_matches() {
    if (const auto literal = glob().literal()) return take(*literal);
    look({});
  }

  void look(const std::string& after) {
    index_.page(kind_, glob(), after, alive_,
                [self = shared_from_this()](const Result<KeyIndex::Page>& result) {
                  if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_found_(*refusal);
                  self->on_page(std::get<KeyIndex::Page>(result));
                });
  }

  void on_page(const KeyIndex::Page& page) {
    for (size_t i = 0; i < page.keys.size(); ++i)
      if (page.matches[i]) add(page.keys[i]);
    if (!page.last() && !too_many()) return look(page.keys.back());
    glob_ = too_many() ? globs_.size() : glob_ + 1;
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
  const std::vector<Glob>& globs_;
  const size_t most_;
  const Alive alive_;
  const Store::On<FoundKeys> on_found_;
  size_t glob_ = 0;  ///< the place of the glob at hand
  FoundKeys found_;
  std::unordered_set<std::string> known_;
};

}  // namespace

void look_up_keys(Store& store, KeyIndex& index, Kind kind, const std::vector<Glob>& globs, size_t most,
                  Alive alive, Store::On<FoundKeys> on_found) {
  std::make_shared<Lookup>(store, index, kind, globs, most, std::move(alive), std::move(on_found))->next();
}

}  // namespace kilometric
