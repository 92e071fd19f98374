#include "ingestd/send/key_registration.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kKeys = 100;  ///< a command
constexpr int kSamples = 3;    ///< a batch

}  // namespace

std::vector<std::string_view> KeyRegistration::samples(const Batch& batch) {
  std::vector<std::string_view> keys;
  if (std::exchange(sampled_, true) || batch.size() == 0) return keys;
  for (int i = 0; i < kSamples; ++i) {
    const BatchEntry entry = batch[random_() % batch.size()];
    if (told_.contains(entry.delta.kind(), entry.key)) keys.push_back(entry.key);
  }
  return keys;
}

KeyRegistration::Part KeyRegistration::next(const Batch& batch) {
  Part part{{"ZADD", layout::kKeys}, next_, next_};
  for (; next_ < batch.size() && part.command.size() < 2 + 2 * kKeys; ++next_) {
    const BatchEntry entry = batch[next_];
    if (!told_.contains(entry.delta.kind(), entry.key))
      part.command.insert(part.command.end(), {"0", entry.key});
  }
  if (part.command.size() == 2) part.command.clear();
  part.end = next_;
  return part;
}

void KeyRegistration::on_told(const Batch& batch, const Part& part) {
  for (size_t i = part.begin; i < part.end; ++i) told_.insert(batch[i].delta.kind(), batch[i].key);
}

void KeyRegistration::on_missing() {
  if (told_.size() > 0) spdlog::warn("the index of keys, {}, has lost some; all are told again", layout::kKeys);
  told_.clear();
  begin_again();
}

}  // namespace kilometric
