#include "readerd/graphite/gather/resolution.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <variant>

#include "readerd/graphite/gather/path_walk.h"

namespace kilometric::graphite {
namespace {

class Resolving : public std::enable_shared_from_this<Resolving> {
 public:
  Resolving(Store& store, Meanings meanings, size_t most, Alive alive, Store::On<Resolution> on_resolution)
      : store_(store),
        meanings_(std::move(meanings)),
        most_(most),
        alive_(std::move(alive)),
        on_resolution_(std::move(on_resolution)) {}

  void start() { look_for(std::move(meanings_.plain)); }

 private:
  void look_for(std::vector<Meaning> meanings) {
    found_.clear();
    for (Meaning& meaning : meanings) found_.push_back({std::move(meaning), {}});
    unanswered_ = found_.size();
    if (found_.empty()) return on_resolution_(Resolution());
    for (size_t place = 0; place < found_.size(); ++place)
      walk_path(
          store_, found_[place].meaning.kind, found_[place].meaning.keys, most_, alive_,
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
    if (found_.empty() && !meanings_.named.empty()) return look_for(std::exchange(meanings_.named, {}));
    size_t count = 0;
    for (const Metrics& metrics : found_) count += metrics.keys.size();
    if (count > most_) return refuse({400, fmt::format("more than {} metrics match", most_)});
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
  Resolution found_;
  size_t unanswered_ = 0;
  bool refused_ = false;
};

}  // namespace

void resolve(Store& store, const Path& path, size_t most, Alive alive, Store::On<Resolution> on_resolution) {
  std::make_shared<Resolving>(store, meanings_of(path), most, std::move(alive), std::move(on_resolution))
      ->start();
}

}  // namespace kilometric::graphite
