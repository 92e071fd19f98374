#include "readerd/keys/kinds_of_key.h"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>

namespace kilometric {
namespace {

/// It keeps itself alive while a question is on its way.
class Asking : public std::enable_shared_from_this<Asking> {
 public:
  explicit Asking(Store::On<std::vector<Kind>> on_kinds) : on_kinds_(std::move(on_kinds)) {}

  void start(KeyIndex& index, const std::string& key, const Alive& alive) {
    for (size_t row = 0; row < kKinds.size(); ++row)
      index.has(kKinds[row].kind, key, alive,
                [self = shared_from_this(), row](const Result<bool>& result) { self->on_answer(row, result); });
  }

 private:
  void on_answer(size_t row, const Result<bool>& result) {
    --unanswered_;
    if (refused_) return;
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
      refused_ = true;
      return on_kinds_(*refusal);
    }
    has_[row] = std::get<bool>(result);
    if (unanswered_ == 0) finish();
  }

  void finish() {
    std::vector<Kind> kinds;
    for (size_t row = 0; row < kKinds.size(); ++row)
      if (has_[row]) kinds.push_back(kKinds[row].kind);
    on_kinds_(std::move(kinds));
  }

  const Store::On<std::vector<Kind>> on_kinds_;
  std::array<bool, kKinds.size()> has_{};
  size_t unanswered_ = kKinds.size();
  bool refused_ = false;
};

}  // namespace

void ask_kinds(KeyIndex& index, const std::string& key, const Alive& alive,
               Store::On<std::vector<Kind>> on_kinds) {
  std::make_shared<Asking>(std::move(on_kinds))->start(index, key, alive);
}

}  // namespace kilometric
