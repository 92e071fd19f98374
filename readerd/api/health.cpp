#include "readerd/api/health.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "common/redis/layout.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

constexpr std::chrono::seconds kMostTime{2};

/// The index of the last instance that is looked at, the newest flush first. One is not enough: the newest
/// flush may be that of a quick instance that has just died, while a slower instance is well.
constexpr std::string_view kLastInstance = "15";

std::optional<double> number_of(const redisReply* reply) {
  const std::string_view text = reply_text(reply);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

// A flush in the future means that Redis' clock was set back. It proves no more than one that is as long ago.
bool recent(double at_ms, double now_ms, double interval_seconds) {
  return std::abs(now_ms - at_ms) <= layout::kHealthyIntervals * interval_seconds * 1000;
}

Health::Health(Loop& loop, Redis& redis, HttpResponse response)
    : redis_(redis), response_(std::move(response)), deadline_(loop, [this] { this->respond(false); }) {}

void Health::start() {
  deadline_.start(kMostTime);
  ask({"TIME"}, &Health::on_time);
}

/// Sends the command. A lost connection or an error ends the check as unhealthy.
void Health::ask(std::initializer_list<std::string_view> command, OnReply on_reply) {
  redis_.command(command, [self = shared_from_this(), on_reply](const redisReply* reply) {
    if (self->answered_ || !self->response_.wanted()) return;
    if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) return self->respond(false);
    ((*self).*on_reply)(*reply);
  });
}

void Health::on_time(const redisReply& reply) {
  const auto now_ms = parse_time(&reply);
  if (!now_ms) return respond(false);
  now_ms_ = static_cast<double>(*now_ms);
  ask({"ZREVRANGE", layout::kInstances, "0", kLastInstance, "WITHSCORES"}, &Health::on_instances);
}

/// [instance, score, instance, score, ...], the newest first
void Health::on_instances(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements % 2 != 0) return respond(false);
  for (size_t i = reply.elements; i >= 2; i -= 2)
    if (const auto at_ms = number_of(reply.element[i - 1]))
      flushes_.push_back({std::string(reply_text(reply.element[i - 2])), *at_ms});
  look_at_next();
}

void Health::look_at_next() {
  if (flushes_.empty()) return respond(false);
  ask({"HGET", layout::instance_name(flushes_.back().instance), "interval"}, &Health::on_interval);
}

void Health::on_interval(const redisReply& reply) {
  const auto seconds = number_of(&reply);
  if (seconds && recent(flushes_.back().at_ms, now_ms_, *seconds)) return respond(true);
  flushes_.pop_back();
  look_at_next();
}

void Health::respond(bool healthy) {
  answered_ = true;
  deadline_.stop();
  response_.send(healthy ? 200 : 422, "application/json",
                 healthy ? R"({"status":"ok"})" : R"({"status":"error"})");
}

}  // namespace kilometric
