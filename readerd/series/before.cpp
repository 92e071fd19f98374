#include "readerd/series/before.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/metric/last_value.h"
#include "common/redis/layout.h"
#include "readerd/series/part_reader.h"

namespace kilometric {
namespace {

/// It keeps itself alive while one of its questions is on its way.
class Search : public std::enable_shared_from_this<Search> {
 public:
  Search(Store& store, Kind kind, std::string_view key, const StreamId& moment, const StreamId& last,
         Alive alive, Store::On<Before> on_before)
      : store_(store),
        kind_(kind),
        key_(key),
        moment_(moment),
        last_(last),
        alive_(std::move(alive)),
        on_before_(std::move(on_before)) {}

  void start() {
    unanswered_ = 1;
    ask_tier(layout::day_name(kind_, key_, store_.in_cluster()), layout::kDayMs);
    ask_tier(layout::hour_name(kind_, key_, store_.in_cluster()), layout::kHourMs);
    store_.end({kind_, raw(), {kFirstId, last_}, Order::descending}, alive_,
               [self = shared_from_this()](const Result<Store::End>& result) { self->on_raw_end(result); });
  }

 private:
  std::string raw() const { return layout::stream_name(kind_, key_); }

  /// For the last hour (day) that had ended by then.
  void ask_tier(std::string stream, uint64_t unit) {
    if (moment_.ms < unit) return;
    ++unanswered_;
    const IdRange ended{kFirstId, {moment_.ms - unit, kMostSequence}};
    store_.fetch(
        {kind_, std::move(stream), ended, Order::descending, 1}, alive_,
        [self = shared_from_this(), unit](const Result<Page>& result) { self->on_tier(unit, result); });
  }

  void on_tier(uint64_t unit, const Result<Page>& result) {
    const auto* const refusal = std::get_if<Refusal>(&result);
    if (refusal != nullptr && refusal->status != 400) return refuse(*refusal);
    if (refusal == nullptr) take(unit, std::get<Page>(result));
    on_answer();
  }

  void take(uint64_t unit, const Page& page) {
    if (page.entries.empty()) return;
    const uint64_t start = floor_to(Step{unit}, page.entries.front().id.ms);
    if (value_.delta() && start + unit < tier_end_) return;
    value_ = LastValue(page.entries.front().delta);
    before_.ms = start;
    tier_end_ = start + unit;
  }

  void on_raw_end(const Result<Store::End>& result) {
    if (const auto* const refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
    raw_last_ = std::get<Store::End>(result);
    on_answer();
  }

  void on_answer() {
    if (--unanswered_ > 0 || refused_) return;
    if (raw_last_) before_.ms = std::max(before_.ms, raw_last_->ms);
    if (!raw_last_)
      read({Tier::points, {{before_.ms, 0}, last_}});
    else if (raw_last_->ms >= tier_end_)
      read({Tier::raw, {{tier_end_, 0}, *raw_last_}});
    else
      read_on();
  }

  void read(const Part& part) {
    rest_.emplace(store_, kind_, key_, std::vector{part}, Order::ascending);
    read_on();
  }

  void read_on() {
    if (!rest_ || rest_->at_end()) {
      before_.delta = value_.delta();
      return on_before_(before_);
    }
    rest_->next(alive_, [self = shared_from_this()](const Result<PartReader::Piece>& result) {
      const auto* const refusal = std::get_if<Refusal>(&result);
      if (refusal == nullptr) self->take(std::get<PartReader::Piece>(result).entries);
      if (refusal != nullptr && (self->raw_last_ || refusal->status != 400)) return self->refuse(*refusal);
      if (refusal != nullptr) self->rest_.reset();
      self->read_on();
    });
  }

  void take(const std::vector<Entry>& entries) {
    for (Entry entry : entries) {
      before_.ms = std::max(before_.ms, entry.id.ms);
      if (entry.id.ms >= tier_end_) value_.resolve(entry.delta, entry.id.ms);
    }
  }

  void refuse(const Refusal& refusal) {
    if (!std::exchange(refused_, true)) on_before_(refusal);
  }

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const StreamId moment_, last_;  ///< last_: the ID before it
  const Alive alive_;
  const Store::On<Before> on_before_;
  int unanswered_ = 0;
  bool refused_ = false;
  LastValue value_;
  uint64_t tier_end_ = 0;  ///< up to where the value holds what was
  std::optional<StreamId> raw_last_;
  std::optional<PartReader> rest_;  ///< of the entries up to the moment
  Before before_;
};

}  // namespace

void find_before(Store& store, Kind kind, std::string_view key, const StreamId& moment, Alive alive,
                 Store::On<Before> on_before) {
  const auto last = previous_id(moment);
  if (!last) return on_before(Before{});
  std::make_shared<Search>(store, kind, key, moment, *last, std::move(alive), std::move(on_before))->start();
}

}  // namespace kilometric
