#include "readerd/pages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/layout.h"
#include "readerd/reach.h"

namespace kilometric {
namespace {

/// Enough to keep Redis busy across a network; their replies take a few megabytes of its memory.
constexpr size_t kMostUnderWay = 64;

/// An error reply may repeat what it was asked, cut anywhere, so it need not be UTF-8.
std::string words_of(const redisReply& reply) {
  constexpr size_t kMostBytes = 200;
  std::string words(text_of(&reply).substr(0, kMostBytes));
  std::ranges::replace_if(words, [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return words;
}

bool is_no_such_key(const redisReply* reply) {
  return reply != nullptr && reply->type == REDIS_REPLY_ERROR &&
         text_of(reply).find("no such key") != std::string_view::npos;
}

}  // namespace

/// The page is nullopt when the reply is none.
void Pages::ask_for_entries(const PageRequest& request, size_t count, Wanted wanted,
                            std::function<void(const redisReply* reply, std::optional<Page>)> on_page) {
  const std::string from = to_text(request.range.from), to = to_text(request.range.to);
  const bool ascending = request.order == Order::ascending;
  std::vector<std::string> command{ascending ? "XRANGE" : "XREVRANGE", request.stream, ascending ? from : to,
                                   ascending ? to : from, "COUNT", std::to_string(count)};
  ask({std::move(command), std::move(wanted),
       [range = request.range, order = request.order, count, on_page = std::move(on_page)](const redisReply* reply) {
         on_page(reply, reply ? parse_page(*reply, range, order, count) : std::nullopt);
       }});
}

void Pages::fetch(PageRequest request, Wanted wanted, On<Page> on_page) {
  ask_for_entries(request, kPageEntries, std::move(wanted),
                  [this, stream = request.stream, on_page = std::move(on_page)](const redisReply* reply,
                                                                               std::optional<Page> page) {
                    if (!page) return on_page(refusal(reply, stream));
                    ++metrics_.pages;
                    metrics_.entries_skipped += page->skipped;
                    on_page(std::move(*page));
                  });
}

void Pages::end(PageRequest request, Wanted wanted, On<std::optional<StreamId>> on_end) {
  ask_for_entries(request, 1, std::move(wanted),
                  [this, stream = request.stream, on_end = std::move(on_end)](const redisReply* reply,
                                                                             std::optional<Page> page) {
                    if (!page) return on_end(refusal(reply, stream));
                    on_end(page->entries.empty() ? std::nullopt : std::optional(page->entries.front().id));
                  });
}

void Pages::reach(std::string stream, Wanted wanted, On<Reach> on_reach) {
  std::vector<std::string> command{"XINFO", "STREAM", stream};
  ask({std::move(command), std::move(wanted), [=, this](const redisReply* reply) {
         if (is_no_such_key(reply)) return on_reach(Reach{});
         if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) return on_reach(refusal(reply, stream));
         const auto reach = parse_reach(*reply);
         if (!reach) return on_reach(refusal(reply, stream));
         on_reach(*reach);
       }});
}

void Pages::keys(std::string least, std::string most, Wanted wanted, On<Keys> on_keys) {
  std::vector<std::string> command{"ZRANGEBYLEX", std::string(layout::kKeys), std::move(least), std::move(most),
                                   "LIMIT", "0", std::to_string(kPageEntries)};
  ask({std::move(command), std::move(wanted), [=, this](const redisReply* reply) {
         if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return on_keys(refusal(reply, layout::kKeys));
         Keys keys;
         for (size_t i = 0; i < reply->elements; ++i) keys.emplace_back(text_of(reply->element[i]));
         on_keys(std::move(keys));
       }});
}

void Pages::number(std::vector<std::string> command, Wanted wanted, On<int64_t> on_number) {
  std::string name = command.size() > 1 ? command[1] : command.front();
  ask({std::move(command), std::move(wanted), [=, this](const redisReply* reply) {
         if (reply == nullptr || reply->type != REDIS_REPLY_INTEGER) return on_number(refusal(reply, name));
         on_number(int64_t{reply->integer});
       }});
}

void Pages::ask(Waiting waiting) {
  waiting_.push_back(std::move(waiting));
  send_waiting();
}

void Pages::send_waiting() {
  if (sending_) return;
  sending_ = true;
  while (under_way_ < kMostUnderWay && !waiting_.empty()) {
    Waiting waiting = std::move(waiting_.front());
    waiting_.pop_front();
    if (waiting.wanted()) send(std::move(waiting));
  }
  sending_ = false;
}

void Pages::send(Waiting waiting) {
  const std::vector<std::string_view> command(waiting.command.begin(), waiting.command.end());
  ++under_way_;
  redis_.command(command, [this, on_reply = std::move(waiting.on_reply)](const redisReply* reply) {
    --under_way_;
    on_reply(reply);
    send_waiting();
  });
}

Refusal Pages::refusal(const redisReply* reply, std::string_view name) const {
  if (reply == nullptr) return {503, "Redis does not answer: " + down_reason_};
  if (is_error(reply, "WRONGTYPE")) return {400, std::string(name) + " holds no stream in Redis (WRONGTYPE)"};
  if (reply->type == REDIS_REPLY_ERROR) return {503, "Redis refuses: " + words_of(*reply)};
  return {503, "Redis sent something unexpected about " + std::string(name)};
}

}  // namespace kilometric
