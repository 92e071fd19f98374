#include "readerd/store/store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/redis/layout.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

/// The words of an error reply, fit for JSON: it may repeat what it was asked, cut anywhere, so it need not be
/// UTF-8.
std::string words_of(const redisReply& reply) {
  constexpr size_t kMostBytes = 200;
  std::string words(reply_text(&reply).substr(0, kMostBytes));
  std::ranges::replace_if(
      words, [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return words;
}

std::vector<std::string> range_command(const PageRequest& request, size_t count) {
  const std::string from = to_text(request.range.from), to = to_text(request.range.to);
  const bool ascending = request.order == Order::ascending;
  return {ascending ? "XRANGE" : "XREVRANGE",
          request.stream,
          ascending ? from : to,
          ascending ? to : from,
          "COUNT",
          std::to_string(count)};
}

}  // namespace

size_t entries_of_page(Kind kind) {
  return kind == Kind::timer || kind == Kind::set ? kPageEntries / 4 : kPageEntries;
}

void Store::fetch(PageRequest request, Alive alive, On<Page> on_page) {
  const size_t count = std::min(entries_of_page(request.kind), request.most);
  auto command = range_command(request, count);
  questions_.ask<Result<Page>>(
      std::move(command),
      [this, count, request = std::move(request)](const redisReply* reply) -> Result<Page> {
        auto page =
            reply ? parse_page(request.kind, *reply, request.range, request.order, count) : std::nullopt;
        if (!page) return refusal(reply, request.stream);
        ++metrics_.pages_read;
        metrics_.entries_skipped += page->skipped;
        return std::move(*page);
      },
      std::move(alive), std::move(on_page));
}

void Store::fetch_packed(PageRequest request, Alive alive, On<PackedPage> on_page) {
  auto command = range_command(request, request.most);
  questions_.ask<Result<PackedPage>>(
      std::move(command),
      [this, request = std::move(request)](const redisReply* reply) -> Result<PackedPage> {
        auto page =
            reply ? parse_packed_page(*reply, request.range, request.order, request.most) : std::nullopt;
        if (!page) return refusal(reply, request.stream);
        ++metrics_.pages_read;
        metrics_.entries_skipped += page->skipped;
        return std::move(*page);
      },
      std::move(alive), std::move(on_page));
}

void Store::tell_damaged(std::string_view stream, uint64_t hour) {
  constexpr int64_t kPauseMs = 60'000;
  ++metrics_.hours_damaged;
  const int64_t now = awake_ms();
  if (damage_told_ && now - *damage_told_ < kPauseMs) return;
  damage_told_ = now;
  log_warning(
      "{}: its entry {}-0 is damaged and is passed over; kilometric_packed_hours_damaged_total counts "
      "such reads",
      stream, hour);
}

void Store::events(const IdRange& range, Order order, Alive alive, On<std::vector<StoredEvent>> on_events) {
  const PageRequest request{Kind::event, std::string(layout::kEvents), range, order};
  questions_.ask<Result<std::vector<StoredEvent>>>(
      range_command(request, kEventsPageEntries),
      [this](const redisReply* reply) -> Result<std::vector<StoredEvent>> {
        auto events = reply ? parse_events(*reply) : std::nullopt;
        if (!events) return refusal(reply, layout::kEvents);
        ++metrics_.pages_read;
        return std::move(*events);
      },
      std::move(alive), std::move(on_events));
}

void Store::end(PageRequest request, Alive alive, On<End> on_end) {
  auto command = range_command(request, 1);
  questions_.ask<Result<End>>(
      std::move(command),
      [this, request = std::move(request)](const redisReply* reply) -> Result<End> {
        const auto page =
            reply ? parse_page(request.kind, *reply, request.range, request.order, 1) : std::nullopt;
        if (!page) return refusal(reply, request.stream);
        return page->last;
      },
      std::move(alive), std::move(on_end));
}

void Store::stream_info(std::string stream, Alive alive, On<StreamInfo> on_info) {
  questions_.ask<Result<StreamInfo>>(
      {"XINFO", "STREAM", stream},
      [this, stream](const redisReply* reply) -> Result<StreamInfo> {
        if (is_no_such_key(reply)) return StreamInfo{};
        const auto info = reply ? parse_stream_info(*reply) : std::nullopt;
        if (!info) return refusal(reply, stream);
        return *info;
      },
      std::move(alive), std::move(on_info));
}

void Store::keys(Kind kind, std::string least, std::string most, Alive alive, On<Keys> on_keys, size_t count) {
  std::vector<std::string> command{
      "ZRANGEBYLEX",        std::string(text_of(kind).index), std::move(least), std::move(most), "LIMIT", "0",
      std::to_string(count)};
  questions_.ask<Result<Keys>>(
      std::move(command),
      [this, kind](const redisReply* reply) -> Result<Keys> {
        if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return refusal(reply, text_of(kind).index);
        Keys keys;
        for (size_t i = 0; i < reply->elements; ++i) keys.emplace_back(reply_text(reply->element[i]));
        return keys;
      },
      std::move(alive), std::move(on_keys));
}

void Store::instances(Alive alive, On<Instances> on_instances) {
  questions_.ask<Result<Instances>>(
      {"ZREVRANGE", std::string(layout::kInstances), "0", "99", "WITHSCORES"},
      [this](const redisReply* reply) -> Result<Instances> {
        if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return refusal(reply, layout::kInstances);
        Instances instances;
        for (size_t i = 0; i + 1 < reply->elements; i += 2)
          if (const auto ms = parse_digits(reply_text(reply->element[i + 1])))
            instances.push_back({std::string(reply_text(reply->element[i])), *ms});
        return instances;
      },
      std::move(alive), std::move(on_instances));
}

void Store::interval(const std::string& instance, Alive alive, On<std::optional<double>> on_interval) {
  const std::string name = layout::instance_name(instance);
  questions_.ask<Result<std::optional<double>>>(
      {"HGET", name, "interval"},
      [this, name](const redisReply* reply) -> Result<std::optional<double>> {
        if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) return refusal(reply, name);
        return parse_double(reply_text(reply));
      },
      std::move(alive), std::move(on_interval));
}

void Store::state(const std::string& instance, Alive alive, On<InstanceState> on_state) {
  questions_.ask<Result<InstanceState>>(
      InstanceState::command(instance),
      [this, instance](const redisReply* reply) -> Result<InstanceState> {
        auto state = reply ? InstanceState::parse(*reply) : std::nullopt;
        if (!state) return refusal(reply, layout::instance_name(instance));
        return *std::move(state);
      },
      std::move(alive), std::move(on_state));
}

void Store::time(Alive alive, On<int64_t> on_time) {
  questions_.ask<Result<int64_t>>(
      {"TIME"},
      [this](const redisReply* reply) -> Result<int64_t> {
        const auto time = parse_time(reply);
        if (!time) return refusal(reply, "the time");
        return *time;
      },
      std::move(alive), std::move(on_time));
}

void Store::remove_stream(std::string stream, Alive alive, On<int64_t> on_removed) {
  remove({"UNLINK", std::move(stream)}, std::move(alive), std::move(on_removed));
}

void Store::remove_key(Kind kind, std::string key, Alive alive, On<int64_t> on_removed) {
  remove({"ZREM", std::string(text_of(kind).index), std::move(key)}, std::move(alive), std::move(on_removed));
}

void Store::remove(std::vector<std::string> command, Alive alive, On<int64_t> on_removed) {
  const std::string name = command[1];
  questions_.ask<Result<int64_t>>(
      std::move(command),
      [this, name](const redisReply* reply) -> Result<int64_t> {
        if (reply == nullptr || reply->type != REDIS_REPLY_INTEGER) return refusal(reply, name);
        return int64_t{reply->integer};
      },
      std::move(alive), std::move(on_removed));
}

Refusal Store::refusal(const redisReply* reply, std::string_view name) const {
  if (reply == nullptr) return {503, "Redis does not answer: " + down_reason_};
  if (is_error(reply, "WRONGTYPE")) return {400, std::string(name) + " holds no stream in Redis (WRONGTYPE)"};
  if (reply->type == REDIS_REPLY_ERROR) return {503, "Redis refuses: " + words_of(*reply)};
  return {503, "Redis sent something unexpected about " + std::string(name)};
}

}  // namespace kilometric
