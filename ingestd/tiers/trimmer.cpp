#include "ingestd/tiers/trimmer.h"

#include <algorithm>
#include <utility>

#include "common/redis/page.h"

namespace kilometric {
namespace {

constexpr size_t kDeleted = 100;  ///< IDs an XDEL: a fraction of a millisecond

}  // namespace

Trimmer::Trimmer(RateLimit& rate_limit, FlusherStatus& status, std::string stream, uint64_t below, OnEnd on_end)
    : rate_limit_(rate_limit),
      status_(status),
      stream_(std::move(stream)),
      last_{below - 1, kMostSequence},
      on_end_(std::move(on_end)) {}

void Trimmer::read_page() {
  rate_limit_.command(
      {"XRANGE", stream_, "-", to_text(last_), "COUNT", std::to_string(kPageEntries)},
      [self = shared_from_this()](const redisReply* reply) { self->on_page(reply); }, kPageEntries);
}

void Trimmer::on_page(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return on_end_(failure);
  auto ids = parse_ids(*reply, last_);
  if (!ids) return on_end_(unexpected_answer());
  rate_limit_.give_back(kPageEntries - std::min(kPageEntries, ids->size()));
  page_ = std::move(*ids);
  next_ = 0;
  page_.empty() ? on_end_(std::nullopt) : remove();
}

void Trimmer::remove() { rate_limit_.modern() ? trim_to_last() : delete_some(); }

void Trimmer::trim_to_last() {
  // below last_, so there is a next
  const StreamId first_kept = next_id(page_.back()).value_or(kLastId);
  rate_limit_.command(
      {"XTRIM", stream_, "MINID", to_text(first_kept)},
      [self = shared_from_this()](const redisReply* reply) { self->on_removed(reply, self->page_.size()); });
}

void Trimmer::delete_some() {
  const size_t end = std::min(next_ + kDeleted, page_.size());
  std::vector<std::string> ids;
  for (size_t i = next_; i < end; ++i) ids.push_back(to_text(page_[i]));
  std::vector<std::string_view> arguments{"XDEL", stream_};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  rate_limit_.command(
      arguments, [self = shared_from_this(), end](const redisReply* reply) { self->on_removed(reply, end); });
}

void Trimmer::on_removed(const redisReply* reply, size_t next) {
  if (is_unknown_word(reply) && rate_limit_.modern()) {
    rate_limit_.set_modern(false);
    return remove();
  }
  if (const auto failure = failure_unless(REDIS_REPLY_INTEGER, reply)) return on_end_(failure);
  const auto removed = static_cast<uint64_t>(std::max(reply->integer, 0LL));
  rate_limit_.charge(removed);
  status_.entries_trimmed.fetch_add(removed, std::memory_order_relaxed);
  next_ = next;
  if (next_ < page_.size()) return remove();
  // A Redis that removes nothing of what it shows must not keep us here.
  if (page_.size() < kPageEntries || removed == 0) return on_end_(std::nullopt);
  read_page();
}

}  // namespace kilometric
