#include "common/redis/reply_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace kilometric {
namespace {

/// Nobody asks for as many. A server may announce any number.
constexpr size_t kMostElements = 1'048'576;

/// What hiredis 1.0 knows of the third protocol, which is not asked for.
template <class Functions>
void refuse_others(Functions& functions) noexcept {
  if constexpr (requires { functions.createDouble; }) {
    functions.createDouble = [](auto...) -> void* { return nullptr; };
    functions.createBool = [](auto...) -> void* { return nullptr; };
  }
}

}  // namespace

void ReplyMemory::serve(redisReader& reader) noexcept {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions ours{};
    ours.createString = make_text;
    ours.createArray = make_array;
    ours.createInteger = make_integer;
    ours.createNil = make_nil;
    ours.freeObject = [](void*) {};
    refuse_others(ours);
    return ours;
  }();
  reader.fn = &functions;
  reader.privdata = this;
}

void ReplyMemory::clear() noexcept {
  while (last_ != nullptr) std::free(std::exchange(last_, last_->before));
  at_ = first_;
  left_ = kBlockBytes;
}

void* ReplyMemory::take(size_t bytes) noexcept {
  constexpr size_t kUnit = alignof(std::max_align_t);
  if (bytes > SIZE_MAX - kBlockBytes) return nullptr;
  bytes = (bytes + kUnit - 1) / kUnit * kUnit;
  if (bytes > left_) {
    constexpr size_t kHead = (sizeof(Block) + kUnit - 1) / kUnit * kUnit;
    const size_t size = std::max(kBlockBytes, bytes + kHead);
    void* const block = std::malloc(size);
    if (block == nullptr) return nullptr;
    last_ = new (block) Block{last_};
    at_ = static_cast<char*>(block) + kHead;
    left_ = size - kHead;
  }
  left_ -= bytes;
  return std::exchange(at_, at_ + bytes);
}

/// Puts it into its place in the array that it is an element of.
redisReply* ReplyMemory::make(const redisReadTask& task, int type) noexcept {
  void* const memory = of(task).take(sizeof(redisReply));
  if (memory == nullptr) return nullptr;
  auto* const reply = new (memory) redisReply{};
  reply->type = type;
  if (task.parent != nullptr) static_cast<redisReply*>(task.parent->obj)->element[task.idx] = reply;
  return reply;
}

void* ReplyMemory::make_text(const redisReadTask* task, char* text, size_t bytes) noexcept {
  redisReply* const reply = make(*task, task->type);
  auto* const copy = bytes == SIZE_MAX ? nullptr : static_cast<char*>(of(*task).take(bytes + 1));
  if (reply == nullptr || copy == nullptr) return nullptr;
  std::copy_n(text, bytes, copy);
  copy[bytes] = '\0';
  reply->str = copy;
  reply->len = static_cast<decltype(reply->len)>(bytes);
  return reply;
}

template <class Count>
void* ReplyMemory::make_array(const redisReadTask* task, Count elements) noexcept {
  const auto count = static_cast<size_t>(elements);
  if (count > kMostElements) return nullptr;
  redisReply* const reply = make(*task, REDIS_REPLY_ARRAY);
  auto* const places = static_cast<redisReply**>(of(*task).take(count * sizeof(redisReply*)));
  if (reply == nullptr || places == nullptr) return nullptr;
  reply->elements = count;
  reply->element = places;
  return reply;
}

void* ReplyMemory::make_integer(const redisReadTask* task, long long number) noexcept {
  redisReply* const reply = make(*task, REDIS_REPLY_INTEGER);
  if (reply != nullptr) reply->integer = number;
  return reply;
}

}  // namespace kilometric
