#include "readerd/store/store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "readerd/store/stream_info.h"

namespace kilometric {
namespace {

/// Enough to keep Redis busy across a network; their replies take a few megabytes of its memory.
constexpr size_t kMostUnderWay = 64;

/// An error reply may repeat what it was asked, cut anywhere, so it need not be UTF-8.
std::string words_of(const redisReply& reply) {
  constexpr size_t kMostBytes = 200;
  std::string words(reply_text(&reply).substr(0, kMostBytes));
  std::ranges::replace_if(
      words, [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return words;
}

/// Commands with the same text are the same.
std::string text_of_command(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text.append(word).append(1, '\0');
  return text;
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

template <class T>
struct Store::QuestionFor : Question {
  bool alive() const override {
    return std::ranges::any_of(askers, [](const auto& asker) { return asker.first(); });
  }
  void answer(const redisReply* reply) const override {
    const Result<T> result = read(reply);
    for (const auto& [still_alive, on_answer] : askers)
      if (still_alive()) on_answer(result);
  }
  Read<T> read;
  std::vector<std::pair<Alive, On<T>>> askers;
};

template <class T>
void Store::ask(std::vector<std::string> command, Read<T> read, Alive alive, On<T> on_answer) {
  std::shared_ptr<Question>& known = by_text_[text_of_command(command)];
  if (!known) {
    const auto question = std::make_shared<QuestionFor<T>>();
    question->command = std::move(command);
    question->read = std::move(read);
    known = question;
    waiting_.push_back(question);
    send_.ask();
  }
  static_cast<QuestionFor<T>&>(*known).askers.emplace_back(std::move(alive), std::move(on_answer));
}

void Store::send_waiting() {
  while (under_way_ < kMostUnderWay && !waiting_.empty()) {
    std::shared_ptr<Question> question = std::move(waiting_.front());
    waiting_.pop_front();
    by_text_.erase(text_of_command(question->command));
    if (question->alive()) send(std::move(question));
  }
}

void Store::send(std::shared_ptr<Question> question) {
  const std::vector<std::string_view> command(question->command.begin(), question->command.end());
  ++under_way_;
  redis_.command(command, [this, question = std::move(question)](const redisReply* reply) {
    --under_way_;
    question->answer(reply);
    if (!waiting_.empty()) send_.ask();
  });
}

void Store::fetch(PageRequest request, Alive alive, On<Page> on_page) {
  auto command = range_command(request, kPageEntries);
  ask<Page>(
      std::move(command),
      [this, request = std::move(request)](const redisReply* reply) -> Result<Page> {
        auto page = reply ? parse_page(request.kind, *reply, request.range, request.order) : std::nullopt;
        if (!page) return refusal(reply, request.stream);
        ++metrics_.store;
        metrics_.entries_skipped += page->skipped;
        return std::move(*page);
      },
      std::move(alive), std::move(on_page));
}

void Store::end(PageRequest request, Alive alive, On<End> on_end) {
  auto command = range_command(request, 1);
  ask<End>(
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
  ask<StreamInfo>(
      {"XINFO", "STREAM", stream},
      [this, stream](const redisReply* reply) -> Result<StreamInfo> {
        if (is_no_such_key(reply)) return StreamInfo{};
        const auto info = reply ? parse_stream_info(*reply) : std::nullopt;
        if (!info) return refusal(reply, stream);
        return *info;
      },
      std::move(alive), std::move(on_info));
}

void Store::keys(Kind kind, std::string least, std::string most, Alive alive, On<Keys> on_keys) {
  std::vector<std::string> command{
      "ZRANGEBYLEX", std::string(text_of(kind).index), std::move(least), std::move(most), "LIMIT",
      "0",           std::to_string(kPageEntries)};
  ask<Keys>(
      std::move(command),
      [this, kind](const redisReply* reply) -> Result<Keys> {
        if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return refusal(reply, text_of(kind).index);
        Keys keys;
        for (size_t i = 0; i < reply->elements; ++i) keys.emplace_back(reply_text(reply->element[i]));
        return keys;
      },
      std::move(alive), std::move(on_keys));
}

void Store::number(std::vector<std::string> command, Alive alive, On<int64_t> on_number) {
  const std::string name = command.size() > 1 ? command[1] : command.front();
  ask<int64_t>(
      std::move(command),
      [this, name](const redisReply* reply) -> Result<int64_t> {
        if (reply == nullptr || reply->type != REDIS_REPLY_INTEGER) return refusal(reply, name);
        return int64_t{reply->integer};
      },
      std::move(alive), std::move(on_number));
}

Refusal Store::refusal(const redisReply* reply, std::string_view name) const {
  if (reply == nullptr) return {503, "Redis does not answer: " + down_reason_};
  if (is_error(reply, "WRONGTYPE")) return {400, std::string(name) + " holds no stream in Redis (WRONGTYPE)"};
  if (reply->type == REDIS_REPLY_ERROR) return {503, "Redis refuses: " + words_of(*reply)};
  return {503, "Redis sent something unexpected about " + std::string(name)};
}

}  // namespace kilometric
