#include "readerd/graphite/gather/path_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace kilometric::graphite {
namespace {

constexpr size_t kMostQuestions = 100'000;
constexpr size_t kMostInFlight = 32;

/// Keys that are asked for at a time: at first; where all were names of their own; where they lay below few
/// names, which are passed over whole.
constexpr size_t kPage = 64, kLongPage = 512, kShortPage = 4;

/// What follows all that begins with `prefix` and the byte `last`.
std::string behind(std::string prefix, char last) { return prefix += static_cast<char>(last + 1); }

class Walk : public std::enable_shared_from_this<Walk> {
 public:
  Walk(Store& store, Kind kind, Path path, Wanted wanted, size_t most, Alive alive, Store::On<PathEnds> on_ends)
      : store_(store),
        kind_(kind),
        path_(std::move(path)),
        wanted_(wanted),
        most_(most),
        alive_(std::move(alive)),
        on_ends_(std::move(on_ends)) {}

  void start() {
    enter("", 0);
    go_on();
  }

 private:
  /// Children of `prefix` that match the node at `level` are wanted: those among these keys.
  struct Step {
    std::string prefix;
    size_t level;
    std::string least, most;  ///< as ZRANGEBYLEX takes them
    size_t count;
    bool goes_on = true;  ///< behind a page that is full

    bool ends_before(const std::string& key) const { return most != "+" && most.substr(1) <= key; }
  };

  /// Nodes that are no patterns are passed; of the last one it is asked whether it is there.
  void enter(std::string prefix, size_t level) {
    while (level + 1 < path_.size() && path_[level].literal) prefix += *path_[level++].literal + ".";
    const PathNode& node = path_[level];
    const std::string first = prefix + node.glob.prefix();
    if (node.literal) {
      steps_.push_back({prefix, level, "[" + first, "[" + first, 1, false});
      if (wanted_ == Wanted::branches_too)
        steps_.push_back({prefix, level, "[" + first + ".", "(" + behind(first, '.'), 1, false});
    } else {
      steps_.push_back({prefix, level, "[" + first, first.empty() ? "+" : "(" + first + "\xff", kPage});
    }
  }

  void go_on() {
    while (!steps_.empty() && in_flight_ < kMostInFlight && !ended_) {
      Step step = std::move(steps_.back());
      steps_.pop_back();
      if (++questions_ > kMostQuestions) return refuse({400, "the path matches too much: write more of it"});
      ++in_flight_;
      ask(std::move(step));
    }
    if (steps_.empty() && in_flight_ == 0 && !ended_) end(std::move(ends_));
  }

  void ask(Step step) {
    const auto self = shared_from_this();
    store_.keys(
        kind_, step.least, step.most, alive_,
        [self, step](const Result<Store::Keys>& result) {
          --self->in_flight_;
          if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
          if (!self->ended_) self->on_keys(step, std::get<Store::Keys>(result));
        },
        step.count);
  }

  void on_keys(Step step, const Store::Keys& keys) {
    std::string passed;  // what begins with it was dealt with
    size_t taken = 0;
    for (const std::string& key : keys) {
      if (!passed.empty() && key.starts_with(passed)) continue;
      passed = take(step, key);
      ++taken;
      step.least = passed.empty() ? "(" + key : "[" + behind(key.substr(0, passed.size() - 1), passed.back());
    }
    if (ends_.size() > most_) return refuse({400, fmt::format("more than {} metrics match", most_)});
    if (step.goes_on && keys.size() == step.count) {
      const bool is_few = taken <= (step.count + 7) / 8;
      step.count = is_few ? kShortPage : taken == keys.size() ? kLongPage : kPage;
      if (is_few) split(step, passed);
      steps_.push_back(std::move(step));
    }
    go_on();
  }

  /// Large branches follow each other, and each is a question of its own: so several parts of the range are
  /// asked at a time, as long as there are not as many already. Behind `host.117.`, what is left of `host.11`
  /// stays the step's; the rest of `host.1` and what is behind it become others.
  void split(Step& step, const std::string& passed) {
    if (passed.size() < step.prefix.size() + 3) return;
    for (size_t size = passed.size() - 2; size > step.prefix.size(); --size) {
      if (steps_.size() + in_flight_ >= kMostInFlight) return;
      const std::string bound = behind(passed.substr(0, size - 1), passed[size - 1]);
      if (bound <= passed || step.ends_before(bound)) return;
      Step rest = step;
      rest.least = "[" + bound;
      step.most = "(" + bound;
      steps_.push_back(std::move(step));
      step = std::move(rest);
    }
  }

  /// Returns what all keys begin with that need not be looked at.
  std::string take(const Step& step, const std::string& key) {
    const size_t end = std::min(key.find_first_of(".;", step.prefix.size()), key.size());
    const std::string name = key.substr(0, end);
    const bool branch = end < key.size() && key[end] == '.', tagged = end < key.size() && key[end] == ';';
    const bool matches = path_[step.level].glob.matches(std::string_view(name).substr(step.prefix.size()));
    if (matches && !tagged) note(step, name, branch);
    return end == key.size() ? std::string() : key.substr(0, end + 1);
  }

  void note(const Step& step, const std::string& name, bool branch) {
    if (step.level + 1 == path_.size())
      (branch ? ends_[name].branch : ends_[name].leaf) = true;
    else if (branch)
      enter(name + ".", step.level + 1);
  }

  void refuse(const Refusal& refusal) { end(refusal); }
  void end(Result<PathEnds> result) {
    if (!std::exchange(ended_, true)) on_ends_(result);
  }

  Store& store_;
  const Kind kind_;
  const Path path_;
  const Wanted wanted_;
  const size_t most_;
  const Alive alive_;
  const Store::On<PathEnds> on_ends_;
  std::vector<Step> steps_;
  size_t in_flight_ = 0, questions_ = 0;
  bool ended_ = false;
  PathEnds ends_;
};

}  // namespace

void walk_path(Store& store, Kind kind, Path path, Wanted wanted, size_t most, Alive alive,
               Store::On<PathEnds> on_ends) {
  std::make_shared<Walk>(store, kind, std::move(path), wanted, most, std::move(alive), std::move(on_ends))
      ->start();
}

}  // namespace kilometric::graphite
