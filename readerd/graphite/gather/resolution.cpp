#include "readerd/graphite/gather/resolution.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <variant>

#include "readerd/graphite/gather/path_walk.h"
#include "readerd/graphite/gather/tag_search.h"

namespace kilometric::graphite {
namespace {

Refusal too_many(size_t most) { return {400, fmt::format("more than {} metrics match", most)}; }

class Resolving : public std::enable_shared_from_this<Resolving> {
 public:
  Resolving(Store& store, Meanings meanings, size_t most, Alive alive, Store::On<Resolution> on_resolution)
      : store_(store),
        meanings_(std::move(meanings)),
        most_(most),
        alive_(std::move(alive)),
        on_resolution_(std::move(on_resolution)) {}

  void start() { next(); }

 private:
  void next() {
    found_.clear();
    if (round_ == meanings_.size()) return on_resolution_(std::move(found_));
    for (Meaning& meaning : meanings_[round_++]) found_.push_back({std::move(meaning), {}});
    unanswered_ = found_.size();
    for (size_t place = 0; place < found_.size(); ++place)
      walk_path(
          store_, found_[place].meaning.kind, found_[place].meaning.keys, Wanted::leaves, most_, alive_,
          [self = shared_from_this(), place](const Result<PathEnds>& result) { self->on_ends(place, result); });
  }

  void on_ends(size_t place, const Result<PathEnds>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
    for (const auto& [key, end] : std::get<PathEnds>(result))
      if (end.leaf) found_[place].keys.push_back(key);
    if (--unanswered_ == 0 && !refused_) end_round();
  }

  void end_round() {
    std::erase_if(found_, [](const Metrics& metrics) { return metrics.keys.empty(); });
    if (found_.empty()) return next();
    size_t count = 0;
    for (const Metrics& metrics : found_) count += metrics.keys.size();
    if (count > most_) return refuse(too_many(most_));
    on_resolution_(std::move(found_));
  }

  void refuse(const Refusal& refusal) {
    if (!std::exchange(refused_, true)) on_resolution_(refusal);
  }

  Store& store_;
  Meanings meanings_;
  const size_t most_;
  const Alive alive_;
  const Store::On<Resolution> on_resolution_;
  size_t round_ = 0;  ///< so many lists of meanings have been looked for
  Resolution found_;
  size_t unanswered_ = 0;
  bool refused_ = false;
};

void resolve_tags(Loop& loop, Store& store, std::shared_ptr<TagQuery> query, size_t most, Alive alive,
                  Store::On<Resolution> on_resolution) {
  struct Found {
    Resolution resolution;
    const Meaning* meaning = nullptr;  ///< of the last of them
    size_t count = 0;
  };
  const auto found = std::make_shared<Found>();
  const auto on_key = [found, most](const Meaning& meaning, const std::string& key) -> std::optional<Refusal> {
    if (++found->count > most) return too_many(most);
    if (std::exchange(found->meaning, &meaning) != &meaning) found->resolution.push_back({meaning, {}});
    found->resolution.back().keys.push_back(key);
    return std::nullopt;
  };
  search_tags(loop, store, std::move(query), std::move(alive), on_key,
              [found, on_resolution](const Result<std::monostate>& result) {
                if (const auto* refusal = std::get_if<Refusal>(&result)) return on_resolution(*refusal);
                on_resolution(std::move(found->resolution));
              });
}

}  // namespace

void resolve(Loop& loop, Store& store, const std::string& path, GraphiteNames listed, size_t most,
             const TagQuery::Steps& steps, Alive alive, Store::On<Resolution> on_resolution) {
  if (TagQuery::is_tagged(path)) {
    const auto query = TagQuery::of_path(path, steps);
    if (const auto* refusal = std::get_if<Refusal>(&query)) return on_resolution(*refusal);
    return resolve_tags(loop, store, std::get<std::shared_ptr<TagQuery>>(query), most, std::move(alive),
                        std::move(on_resolution));
  }
  const auto parsed = Path::parse(path);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return on_resolution(*refusal);
  std::make_shared<Resolving>(store, meanings_of(std::get<Path>(parsed), listed), most, std::move(alive),
                              std::move(on_resolution))
      ->start();
}

}  // namespace kilometric::graphite
