#include "readerd/graphite/gather/pulse.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <variant>

namespace kilometric::graphite {
namespace {

constexpr uint64_t kLivesFor = 3'600'000;  ///< ms after its last flush an instance no longer counts
constexpr double kMostInterval = 86'400;

/// It keeps itself alive while one of its questions is on its way.
class Asking : public std::enable_shared_from_this<Asking> {
 public:
  Asking(Store& store, Alive alive, Store::On<Pulse> on_pulse)
      : store_(store), alive_(std::move(alive)), on_pulse_(std::move(on_pulse)) {}

  void start() {
    store_.instances(alive_, [self = shared_from_this()](const Result<Store::Instances>& result) {
      if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_pulse_(*refusal);
      self->on_instances(std::get<Store::Instances>(result));
    });
  }

 private:
  void on_instances(const Store::Instances& instances) {
    if (instances.empty()) return on_pulse_(pulse_);
    const uint64_t last = instances.front().flushed_ms;
    pulse_.last_flush = static_cast<int64_t>(last / 1000);
    unanswered_ = static_cast<size_t>(std::ranges::count_if(
        instances, [&](const Store::Instance& instance) { return last - instance.flushed_ms < kLivesFor; }));
    for (size_t i = 0; i < unanswered_; ++i)
      store_.interval(instances[i].id, alive_,
                      [self = shared_from_this()](const Result<std::optional<double>>& result) {
                        self->on_interval(result);
                      });
  }

  void on_interval(const Result<std::optional<double>>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
    const auto seconds = std::get<std::optional<double>>(result);
    if (seconds && *seconds > 0)
      longest_ = std::max(longest_, static_cast<int64_t>(std::ceil(std::min(*seconds, kMostInterval))));
    if (--unanswered_ > 0 || refused_) return;
    if (longest_ > 0) pulse_.interval = longest_;
    on_pulse_(pulse_);
  }

  void refuse(const Refusal& refusal) {
    if (!std::exchange(refused_, true)) on_pulse_(refusal);
  }

  Store& store_;
  const Alive alive_;
  const Store::On<Pulse> on_pulse_;
  Pulse pulse_;
  int64_t longest_ = 0;
  size_t unanswered_ = 0;
  bool refused_ = false;
};

}  // namespace

void ask_pulse(Store& store, Alive alive, Store::On<Pulse> on_pulse) {
  std::make_shared<Asking>(store, std::move(alive), std::move(on_pulse))->start();
}

}  // namespace kilometric::graphite
