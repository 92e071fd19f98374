#include "readerd/graphite/gather/listing.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "readerd/graphite/gather/name_families.h"

namespace kilometric::graphite {
namespace {

class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Store& store, GraphiteNames listed, Path path, size_t most, Alive alive, Store::On<PathEnds> on_names)
      : store_(store),
        order_(families_in_order(listed)),
        path_(std::move(path)),
        most_(most),
        alive_(std::move(alive)),
        on_names_(std::move(on_names)) {}

  /// Of the next families that have something to ask for.
  void next() {
    while (place_ < order_.size() && unanswered_ == 0) {
      const bool listed = place_ == 0;
      for (const NameFamily& family : order_[place_++])
        if (family.begins(path_, listed)) look_for(family);
    }
    if (unanswered_ == 0) on_names_(std::move(names_));
  }

 private:
  void look_for(const NameFamily& family) {
    const size_t first = family.before.size(), rest = path_.size() - std::min(first, path_.size());
    if (rest == 0) return look_for_any(family);
    walk(family, path_.part(first, rest), [this, family](const std::string& key, const PathEnd& end) {
      PathEnd& name = names_[family.prefix() + key];
      const bool leaf = end.leaf && family.ends_with_key();
      name.leaf |= leaf;
      name.branch |= end.branch || (end.leaf && !leaf);
    });
    const auto endings = family.endings_of(path_[path_.size() - 1]);
    if (family.ends_with_key() || rest == 1 || endings.empty()) return;
    walk(family, path_.part(first, rest - 1),
         [this, family, endings](const std::string& key, const PathEnd& end) {
           if (!end.leaf) return;
           for (const Ending& ending : endings)
             names_[fmt::format("{}{}.{}", family.prefix(), key, ending.text)].leaf = true;
         });
  }

  /// The path ends among the nodes before a key: they are there when a key is.
  void look_for_any(const NameFamily& family) {
    std::string name;
    for (size_t place = 0; place < path_.size(); ++place)
      name.append(place == 0 ? "" : ".").append(family.before[place]);
    ++unanswered_;
    store_.keys(
        family.kind, "-", "+", alive_,
        [self = shared_from_this(), name](const Result<Store::Keys>& result) {
          if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
          if (!std::get<Store::Keys>(result).empty()) self->names_[name].branch = true;
          self->on_answer();
        },
        1);
  }

  using Take = std::function<void(const std::string& key, const PathEnd& end)>;
  void walk(const NameFamily& family, Path keys, Take take) {
    ++unanswered_;
    walk_path(store_, family.kind, std::move(keys), Wanted::branches_too, most_, alive_,
              [self = shared_from_this(), take = std::move(take)](const Result<PathEnds>& result) {
                if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
                for (const auto& [key, end] : std::get<PathEnds>(result)) take(key, end);
                self->on_answer();
              });
  }

  void on_answer() {
    if (refused_) return;
    if (names_.size() > most_) return refuse({400, fmt::format("more than {} names match", most_)});
    if (--unanswered_ > 0) return;
    if (!names_.empty()) return on_names_(std::move(names_));
    next();
  }

  void refuse(const Refusal& refusal) {
    if (!std::exchange(refused_, true)) on_names_(refusal);
  }

  Store& store_;
  const std::vector<NameFamilies> order_;
  const Path path_;
  const size_t most_;
  const Alive alive_;
  const Store::On<PathEnds> on_names_;
  size_t place_ = 0;  ///< of the families that come next
  size_t unanswered_ = 0;
  bool refused_ = false;
  PathEnds names_;
};

}  // namespace

void list_names(Store& store, GraphiteNames listed, Path path, size_t most, Alive alive,
                Store::On<PathEnds> on_names) {
  std::make_shared<Listing>(store, listed, std::move(path), most, std::move(alive), std::move(on_names))
      ->next();
}

}  // namespace kilometric::graphite
