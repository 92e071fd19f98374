#include "ingestd/send/key_registration.h"

#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kKeys = 100;  ///< a command

}  // namespace

std::vector<std::string_view> KeyRegistration::next(const Batch& batch) {
  std::vector<std::string_view> command{"ZADD", layout::kKeys};
  for (; next_ < batch.size() && command.size() < 2 + 2 * kKeys; ++next_) {
    const BatchEntry entry = batch[next_];
    if (entry.fresh) command.insert(command.end(), {"0", entry.key});
  }
  if (command.size() == 2) command.clear();
  return command;
}

}  // namespace kilometric
