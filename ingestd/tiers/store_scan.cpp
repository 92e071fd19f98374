#include "ingestd/tiers/store_scan.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/metric/key.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kCount = 1000;     ///< names that a SCAN looks at: a fraction of a millisecond
constexpr size_t kIndexKeys = 100;  ///< keys a ZADD

/// Whose raw stream has such a name; nullptr: nobody's. No prefix of one kind begins another's.
const KindText* kind_with_stream(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kKinds, [&](const KindText& text) { return name.starts_with(text.stream_prefix); });
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace

void StoreScan::begin() {
  failure_.reset();
  for (auto& keys : found_) keys.clear();
  nodes_ = rate_limit_.nodes();
  node_ = 0;
  cursor_ = "0";
  added_ = 0;
  rate_limit_.command({"GET", layout::kScanned}, [this](const redisReply* reply) {
    if (reply && reply->type == REDIS_REPLY_NIL) return scan();
    on_end_(failure_unless(REDIS_REPLY_STRING, reply));
  });
}

void StoreScan::scan() {
  rate_limit_.command_to(node_, {"SCAN", cursor_, "MATCH", "kilometric[.:]*", "COUNT", std::to_string(kCount)},
                         [this](const redisReply* reply) { on_names(reply); });
}

void StoreScan::on_names(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return on_end_(failure);
  if (reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY ||
      reply_text(reply->element[0]).empty())
    return on_end_(unexpected_answer());
  cursor_ = reply_text(reply->element[0]);
  rate_limit_.charge(kCount);
  ++in_flight_;  // until all are asked for
  const redisReply& names = *reply->element[1];
  for (size_t i = 0; i < names.elements; ++i) {
    const std::string_view name = reply_text(names.element[i]);
    const KindText* const kind = kind_with_stream(name);
    if (kind == nullptr) continue;
    const std::string_view key = name.substr(kind->stream_prefix.size());
    if (key_error(key) == nullptr) ask_type(kind->kind, key);
  }
  answered();
}

void StoreScan::ask_type(Kind kind, std::string_view key) {
  ++in_flight_;
  rate_limit_.command({"TYPE", layout::stream_name(kind, key)},
                      [this, kind, key = std::string(key)](const redisReply* reply) {
                        if (const auto failure = failure_unless(REDIS_REPLY_STATUS, reply))
                          failure_ = failure;
                        else if (reply_text(reply) == "stream")
                          found_[row_of(kind)].push_back(key);
                        answered();
                      });
}

void StoreScan::answered() {
  if (--in_flight_ > 0) return;
  if (failure_) return on_end_(failure_);
  index_found();
}

void StoreScan::index_found() {
  const auto row = std::ranges::find_if(found_, [](const auto& keys) { return !keys.empty(); });
  if (row == found_.end()) return cursor_ == "0" ? end_node() : scan();
  std::vector<std::string> keys;
  for (size_t count = std::min(kIndexKeys, row->size()); count > 0; --count) {
    keys.push_back(std::move(row->back()));
    row->pop_back();
  }
  std::vector<std::string_view> arguments{"ZADD", kKinds[static_cast<size_t>(row - found_.begin())].index};
  for (const std::string& key : keys) arguments.insert(arguments.end(), {"0", key});
  rate_limit_.command(arguments, [this](const redisReply* reply) { on_indexed(reply); });
}

void StoreScan::on_indexed(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_INTEGER, reply)) return on_end_(failure);
  rate_limit_.charge(kIndexKeys);
  added_ += static_cast<uint64_t>(std::max(reply->integer, 0LL));
  index_found();
}

void StoreScan::end_node() {
  if (rate_limit_.nodes() != nodes_)
    return on_end_(Failure{Failure::Why::other, "the cluster's slots have moved"});
  ++node_ < nodes_.size() ? scan() : mark();
}

void StoreScan::mark() {
  rate_limit_.command({"SET", layout::kScanned, std::to_string(now_())}, [this](const redisReply* reply) {
    const auto failure = failure_unless(REDIS_REPLY_STATUS, reply);
    if (!failure) log_info("the store was searched: {} streams were new to the index", added_);
    on_end_(failure);
  });
}

}  // namespace kilometric
