#include "readerd/api/read.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace kilometric {
namespace {

/// For an answer to begin, and then for each step that Redis has a part in.
constexpr std::chrono::seconds kMostTime{30};

}  // namespace

Read::Read(Loop& loop, Store& store, SumBudget& budget, uint64_t most_points, Query query, Client client)
    : store_(store),
      budget_(budget),
      most_points_(most_points),
      query_(std::move(query)),
      known_tag_(std::move(client.known_tag)),
      body_(std::move(client.response), client.gzip),
      deadline_(loop, [this] {
        on_refusal({503, "reading took more than 30 seconds: ask for a shorter range or fewer keys"});
      }) {}

Read::~Read() { budget_.left += sum_.size(); }

void Read::start() {
  deadline_.start(kMostTime);
  KeyLookup::find(
      store_, query_.globs, kMostKeys, [self = shared_from_this()] { return self->wanted(); },
      [self = shared_from_this()](const Result<KeyLookup::Found>& result) {
        if (!self->wanted()) return;
        if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_refusal(*refusal);
        self->on_names(std::get<KeyLookup::Found>(result));
      });
}

void Read::on_names(const KeyLookup::Found& found) {
  lookup_ = found;
  output_ = Output::make(query_, !lookup_.one && !query_.sum);
  shape_.emplace(query_, *output_);
  body_.describe(output_->content_type(), {});
  output_->begin();
  if (query_.sum) shape_->begin(query_.name);
  next_series();
}

void Read::next_series() {
  if (next_name_ == lookup_.keys.size()) return finish();
  series_.emplace(*this, store_, query_, lookup_.keys[next_name_++]);
  if (!query_.sum) shape_->begin(lookup_.keys[next_name_ - 1]);
  series_->start();
}

void Read::on_known() {
  if (auto refusal = too_much()) return on_refusal(*refusal);
  if (lookup_.one && series_->closed()) {
    const std::string tag = this->tag();
    body_.describe(output_->content_type(), "ETag: " + tag + "\r\n");
    if (known_tag_.find(tag) != std::string::npos) {
      done_ = true;
      deadline_.stop();
      return body_.not_modified();
    }
  }
  series_->go_on();
}

/// Before the first value is written: afterwards it would be too late to say so.
std::optional<Refusal> Read::too_much() const {
  const bool filled = query_.fills();
  const uint64_t most = filled ? std::min(most_points_, Query::kMostFilled) : most_points_;
  uint64_t points = filled ? series_->most_periods() : series_->most_buckets();
  if (query_.limit != 0) points = std::min(points, query_.limit);
  if (points <= most) return std::nullopt;
  return Refusal{400,
                 fmt::format("more than {} points: use a longer period, a shorter range or a limit", most)};
}

/// What the answer is made of, and so what it says: a closed range changes only by losing entries.
std::string Read::tag() const {
  const std::string text = fmt::format(
      "{} {} {} {} {} {} {} {} {} {}", lookup_.keys.front(), static_cast<int>(query_.type),
      to_text(query_.range.from), to_text(query_.range.to), query_.period.text(), static_cast<int>(query_.fill),
      query_.limit, static_cast<int>(query_.order), static_cast<int>(query_.format), series_->fingerprint());
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("W/\"{:016x}{:016x}\"", hash.high64, hash.low64);
}

void Read::on_buckets(std::span<const Bucket> buckets, bool last) {
  buckets_.assign(buckets.begin(), buckets.end());
  next_bucket_ = 0;
  last_buckets_ = last;
  write_buckets();
}

void Read::write_buckets() {
  if (body_.begun()) deadline_.start(kMostTime);
  const auto again = [](Read& read) { read.write_buckets(); };
  for (; next_bucket_ < buckets_.size(); ++next_bucket_) {
    if (!collecting() && shape_->full()) break;
    if (!collecting() && !shape_->add(buckets_[next_bucket_])) return go_on_with(again);
    if (!collecting()) continue;
    if (const auto refusal = add_to_sum(buckets_[next_bucket_])) return on_refusal(*refusal);
  }
  if (!last_buckets_ && (collecting() || !shape_->full()))
    return go_on_with([](Read& read) { read.series_->go_on(); });
  if (!collecting() && !shape_->end()) return go_on_with(again);
  go_on_with([](Read& read) { read.next_series(); });
}

/// As soon as the client has taken what there is, when that is much.
void Read::go_on_with(void (*step)(Read&)) {
  const bool sent = body_.send_if_long(output_->text(), [self = shared_from_this(), step] {
    self->deadline_.start(kMostTime);
    if (self->wanted()) step(*self);
  });
  if (sent)
    deadline_.stop();  // the connection has its own, for the client
  else
    step(*this);
}

std::optional<Refusal> Read::add_to_sum(const Bucket& bucket) {
  const bool whole = query_.period.is_whole();
  const auto [place, fresh] = sum_.try_emplace(whole ? 0 : bucket.from, bucket);
  if (fresh) {
    if (budget_.left == 0) {
      sum_.erase(place);
      return Refusal{503, "too much is being summed at once: use a longer period or a shorter range"};
    }
    --budget_.left;
    if (sum_.size() <= kMostSummed) return std::nullopt;
    return Refusal{
        400, fmt::format("sum: more than {} points: use a longer period or a shorter range", kMostSummed)};
  }
  place->second.from = std::min(place->second.from, bucket.from);
  place->second.to = std::max(place->second.to, bucket.to);
  place->second.value += bucket.value;
  return std::nullopt;
}

/// Metrics that are few points each may lie far apart.
bool Read::sum_can_be_filled() const {
  if (!query_.fills() || sum_.empty() || (query_.limit != 0 && query_.limit <= Query::kMostFilled)) return true;
  return query_.period.buckets_between(sum_.begin()->first, sum_.rbegin()->first) <= Query::kMostFilled;
}

/// From now on the sum's buckets are like those of one more series.
void Read::take_sum() {
  std::vector<Bucket> buckets;
  for (const auto& [start, bucket] : sum_) buckets.push_back(bucket);
  if (query_.order == Order::descending) std::ranges::reverse(buckets);
  budget_.left += sum_.size();
  sum_.clear();
  sum_taken_ = true;
  on_buckets(buckets, true);
}

void Read::finish() {
  if (collecting() && !sum_can_be_filled())
    return on_refusal({400, fmt::format("fill: more than {} periods", Query::kMostFilled)});
  if (collecting()) return take_sum();
  done_ = true;
  deadline_.stop();
  output_->end();
  body_.finish(output_->text());
}

void Read::on_refusal(const Refusal& refusal) {
  done_ = true;
  deadline_.stop();
  body_.refuse(refusal);
}

}  // namespace kilometric
