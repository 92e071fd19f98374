#include "common/redis/reply.h"

#include <charconv>
#include <string>

#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

bool is_error_with(const redisReply* reply, std::string_view words) {
  return reply != nullptr && reply->type == REDIS_REPLY_ERROR &&
         reply_text(reply).find(words) != std::string_view::npos;
}

}  // namespace

std::string_view reply_text(const redisReply* reply) {
  if (reply == nullptr || reply->str == nullptr) return {};
  const bool text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
                    reply->type == REDIS_REPLY_ERROR;
  return text ? std::string_view(reply->str, static_cast<size_t>(reply->len)) : std::string_view{};
}

bool is_error(const redisReply* reply, std::string_view code) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ERROR) return false;
  const std::string_view text = reply_text(reply);
  return text.substr(0, text.find(' ')) == code;
}

bool is_id_too_small(const redisReply* reply) {
  return is_error_with(reply, "equal or smaller") || is_error_with(reply, "exhausted the last possible ID");
}

bool is_unknown_word(const redisReply* reply) {
  if (!is_error(reply, "ERR")) return false;
  for (const std::string_view words :
       {"syntax error", "Invalid stream ID", "wrong number of arguments", "unknown command"})
    if (is_error_with(reply, words)) return true;
  return false;
}

bool is_of_wrong_server(const redisReply* reply, bool writes) {
  return is_error(reply, "MASTERDOWN") || is_error(reply, "LOADING") || (writes && is_error(reply, "READONLY"));
}

bool is_replica(std::string_view info) { return info_value(info, "role") == "slave"; }

bool is_read_only_replica(std::string_view info) {
  return is_replica(info) && info_value(info, "slave_read_only") == "1";
}

bool is_no_such_key(const redisReply* reply) { return is_error_with(reply, "no such key"); }

const redisReply* value_of(const redisReply* reply, std::string_view name) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return nullptr;
  for (size_t i = 0; i + 1 < reply->elements; i += 2)
    if (reply_text(reply->element[i]) == name) return reply->element[i + 1];
  return nullptr;
}

uint64_t top_ms(const redisReply* stream_info) {
  const std::string_view id = reply_text(value_of(stream_info, "last-generated-id"));
  uint64_t ms = 0;
  std::from_chars(id.data(), id.data() + id.size(), ms);
  return ms;
}

std::optional<int64_t> parse_time(const redisReply* reply) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return std::nullopt;
  const auto seconds = parse_digits(reply_text(reply->element[0]));
  const auto microseconds = parse_digits(reply_text(reply->element[1]));
  if (!seconds || *seconds > kLastTimeMs / 1000 || !microseconds || *microseconds > 999'999)
    return std::nullopt;
  return static_cast<int64_t>(*seconds * 1000 + *microseconds / 1000);
}

std::string_view info_value(std::string_view info, std::string_view name) {
  const size_t at = info.find(std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  const std::string_view value = info.substr(at + name.size() + 1);
  return value.substr(0, value.find('\r'));
}

}  // namespace kilometric
