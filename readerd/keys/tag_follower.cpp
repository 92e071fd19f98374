#include "readerd/keys/tag_follower.h"

#include <uv.h>

#include <algorithm>
#include <variant>

#include "common/metric/kind.h"
#include "common/redis/page.h"

namespace kilometric {
namespace {

std::chrono::milliseconds since(uint64_t moment) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(uv_hrtime() - moment));
}

}  // namespace

void TagFollower::when_known(Alive alive, OnKnown on_known) {
  used_ = uv_hrtime();
  if (known_) return on_known(&*index_, {});
  waiting_.emplace_back(std::move(alive), std::move(on_known));
  if (!index_) begin_walk();
}

void TagFollower::begin_walk() {
  if (!index_) index_.emplace();
  begun_ = uv_hrtime();
  kind_ = 0;
  ask("-");
}

void TagFollower::ask(const std::string& least) {
  const auto alive = [life = std::weak_ptr<int>(life_)] { return !life.expired(); };
  store_.keys(kKinds[kind_].kind, least, "+", alive, [this](const Result<Store::Keys>& result) {
    const auto* const refusal = std::get_if<Refusal>(&result);
    if (refusal != nullptr && refusal->status != 400) return give_up(*refusal);
    on_page(refusal ? Store::Keys() : std::get<Store::Keys>(result));  // what is no index has no keys
  });
}

void TagFollower::on_page(const Store::Keys& keys) {
  for (const std::string& key : keys) index_->add(key);
  if (keys.size() == kPageEntries) return ask("(" + keys.back());
  if (++kind_ < kKinds.size()) return ask("-");
  end_walk();
}

void TagFollower::end_walk() {
  index_->turn();
  known_ = true;
  ++metrics_.tag_walks;
  tell_metrics();
  timer_.start(std::max(kPause, 9 * since(begun_)));
  tell_all({});
}

/// What is known grows old now, so nobody is told any of it.
void TagFollower::give_up(const Refusal& refusal) {
  known_ = false;
  index_.reset();
  tell_metrics();
  tell_all(refusal);
}

void TagFollower::tell_all(const Refusal& refusal) {
  for (const auto& [alive, on_known] : std::exchange(waiting_, {}))
    if (alive()) on_known(known_ ? &*index_ : nullptr, refusal);
}

void TagFollower::tell_metrics() {
  metrics_.tag_index_bytes = index_ ? index_->bytes() : 0;
  metrics_.tags_left_out = index_ ? index_->left_out() : 0;
}

void TagFollower::on_time() {
  if (since(used_) < kUnused) return begin_walk();
  known_ = false;
  index_.reset();
  tell_metrics();
}

}  // namespace kilometric
