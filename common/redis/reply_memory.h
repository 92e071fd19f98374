// The memory that replies are made in: a connection has one for all of them, so that none of their parts takes
// memory of its own. A page of a stream has thousands of these.
//
// Owned by the connection's events (events.cpp), which look at its replies one by one. hiredis makes a reply
// here and frees nothing of it: clear() does, once it is done with. An array of more than a million elements,
// and what is not of Redis' second protocol, are refused like a reply that there is no memory for.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>

namespace kilometric {

class ReplyMemory {
 public:
  ReplyMemory() = default;
  ReplyMemory(const ReplyMemory&) = delete;
  ReplyMemory& operator=(const ReplyMemory&) = delete;
  ~ReplyMemory() { clear(); }

  /// The reader is to make its replies here. Requires that the reader reads none after this has gone.
  void serve(redisReader& reader) noexcept;

  /// Requires that no reply which was made here is used any more.
  void clear() noexcept;

 private:
  static constexpr size_t kBlockBytes = 16 * 1024;

  struct Block {
    Block* before;
  };

  /// nullptr when there is no memory.
  void* take(size_t bytes) noexcept;
  static redisReply* make(const redisReadTask& task, int type) noexcept;
  static ReplyMemory& of(const redisReadTask& task) noexcept {
    return *static_cast<ReplyMemory*>(task.privdata);
  }
  static void* make_text(const redisReadTask* task, char* text, size_t bytes) noexcept;
  template <class Count>
  static void* make_array(const redisReadTask* task, Count elements) noexcept;
  static void* make_integer(const redisReadTask* task, long long number) noexcept;
  static void* make_nil(const redisReadTask* task) noexcept { return make(*task, REDIS_REPLY_NIL); }

  alignas(std::max_align_t) char first_[kBlockBytes];
  Block* last_ = nullptr;  ///< of the blocks that the first one was too small for
  char* at_ = first_;
  size_t left_ = kBlockBytes;
};

}  // namespace kilometric
