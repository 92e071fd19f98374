#include "ingestd/send/aside_log.h"

#include "common/log.h"

namespace kilometric {
namespace {

constexpr size_t kMostNames = 100;

const char* reason_of(OpenBatch::State state) {
  return state == OpenBatch::State::no_stream ? "is no stream (WRONGTYPE)"
                                              : "is full, as its last ID is past every time";
}

}  // namespace

void AsideLog::tell(const OpenBatch& batch, const std::vector<size_t>& entries) {
  for (const size_t index : entries) {
    if (told_.size() == kMostNames) return;
    const std::string stream = batch.stream_of(index);
    if (!told_.insert(stream).second) continue;
    log_warning(
        "{} {}: what is counted for it is set aside; rename or delete it and the counts follow in minutes",
        stream, reason_of(batch.state_of(index)));
    if (told_.size() == kMostNames)
      log_warning("{} names have refused entries; no more are named until the next start", kMostNames);
  }
}

}  // namespace kilometric
