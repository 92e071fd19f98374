#include "readerd/pages.h"

#include <algorithm>
#include <memory>
#include <utility>

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

}  // namespace

void Pages::fetch(std::string stream, const IdRange& range, std::function<bool()> wanted, OnPage on_page) {
  waiting_.push_back({std::move(stream), range, std::move(wanted), std::move(on_page)});
  send_waiting();
}

void Pages::send_waiting() {
  if (sending_) return;
  sending_ = true;
  while (under_way_ < kMostUnderWay && !waiting_.empty()) {
    Wanted wanted = std::move(waiting_.front());
    waiting_.pop_front();
    if (wanted.wanted()) send(std::move(wanted));
  }
  sending_ = false;
}

void Pages::send(Wanted wanted) {
  const std::string from = to_text(wanted.range.from), to = to_text(wanted.range.to);
  const std::string count = std::to_string(kPageEntries);
  const std::string stream = wanted.stream;
  ++under_way_;
  redis_.command({"XRANGE", stream, from, to, "COUNT", count},
                 [this, wanted = std::move(wanted)](const redisReply* reply) {
                   --under_way_;
                   wanted.on_page(read_reply(reply, wanted));
                   send_waiting();
                 });
}

Pages::Result Pages::read_reply(const redisReply* reply, const Wanted& wanted) {
  if (reply == nullptr) return Refusal{503, "Redis does not answer: " + down_reason_};
  if (is_error(reply, "WRONGTYPE"))
    return Refusal{400, wanted.stream + " holds no stream in Redis (WRONGTYPE)"};
  if (reply->type == REDIS_REPLY_ERROR) return Refusal{503, "Redis refuses: " + words_of(*reply)};
  auto page = parse_page(*reply, wanted.range);
  if (!page) return Refusal{503, "Redis sent something that is no page of " + wanted.stream};
  ++metrics_.pages;
  metrics_.entries_skipped += page->skipped;
  return std::move(*page);
}

}  // namespace kilometric
