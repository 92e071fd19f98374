#include "ingestd/tiers/store_scan.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/metric/key.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr Kind kKind = Kind::counter;  ///< the original knows no other
constexpr size_t kCount = 1000;        ///< names that a SCAN looks at: a fraction of a millisecond
constexpr size_t kIndexKeys = 100;     ///< keys a ZADD

}  // namespace

void StoreScan::begin() {
  failure_.reset();
  found_.clear();
  cursor_ = "0";
  added_ = 0;
  rate_limit_.command({"GET", layout::kScanned}, [this](const redisReply* reply) {
    if (reply && reply->type == REDIS_REPLY_NIL) return scan();
    on_end_(failure_unless(REDIS_REPLY_STRING, reply));
  });
}

void StoreScan::scan() {
  const std::string pattern = layout::stream_name(kKind, "*");
  rate_limit_.command({"SCAN", cursor_, "MATCH", pattern, "COUNT", std::to_string(kCount)},
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
    if (!name.starts_with(text_of(kKind).stream_prefix)) continue;
    const std::string_view key = name.substr(text_of(kKind).stream_prefix.size());
    if (key_error(key) == nullptr) ask_type(key);
  }
  answered();
}

void StoreScan::ask_type(std::string_view key) {
  ++in_flight_;
  rate_limit_.command({"TYPE", layout::stream_name(kKind, key)},
                      [this, key = std::string(key)](const redisReply* reply) {
                        if (const auto failure = failure_unless(REDIS_REPLY_STATUS, reply))
                          failure_ = failure;
                        else if (reply_text(reply) == "stream")
                          found_.push_back(key);
                        answered();
                      });
}

void StoreScan::answered() {
  if (--in_flight_ > 0) return;
  if (failure_) return on_end_(failure_);
  index_found();
}

void StoreScan::index_found() {
  if (found_.empty()) return cursor_ == "0" ? mark() : scan();
  std::vector<std::string> keys;
  for (size_t count = std::min(kIndexKeys, found_.size()); count > 0; --count) {
    keys.push_back(std::move(found_.back()));
    found_.pop_back();
  }
  std::vector<std::string_view> arguments{"ZADD", text_of(kKind).index};
  for (const std::string& key : keys) arguments.insert(arguments.end(), {"0", key});
  rate_limit_.command(arguments, [this](const redisReply* reply) { on_indexed(reply); });
}

void StoreScan::on_indexed(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_INTEGER, reply)) return on_end_(failure);
  rate_limit_.charge(kIndexKeys);
  added_ += static_cast<uint64_t>(std::max(reply->integer, 0LL));
  index_found();
}

void StoreScan::mark() {
  rate_limit_.command({"SET", layout::kScanned, std::to_string(now_())}, [this](const redisReply* reply) {
    const auto failure = failure_unless(REDIS_REPLY_STATUS, reply);
    if (!failure) spdlog::info("the store was searched: {} streams were new to the index", added_);
    on_end_(failure);
  });
}

}  // namespace kilometric
