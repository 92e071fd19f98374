// The reply that is a text, as nearly all are: a connection has one for all of them, so that none takes memory
// of its own. What is longer, in an array, or no text is made by hiredis as ever.
//
// Owned by the connection's events (events.cpp), which look at its replies one by one.
#pragma once

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstddef>

namespace kilometric {

class TextReply {
 public:
  /// The reader is to make its texts here.
  void serve(redisReader& reader) noexcept {
    static redisReplyObjectFunctions functions = with_ours(*reader.fn);
    reader.fn = &functions;
    reader.privdata = this;
  }

 private:
  static redisReplyObjectFunctions with_ours(redisReplyObjectFunctions functions) noexcept {
    make_other_ = functions.createString;
    free_other_ = functions.freeObject;
    functions.createString = make;
    functions.freeObject = [](void* reply) {
      if (static_cast<const redisReply*>(reply)->element != mark()) free_other_(reply);
    };
    return functions;
  }
  static void* make(const redisReadTask* task, char* text, size_t bytes) noexcept {
    if (task->parent != nullptr || bytes > kMostBytes) return make_other_(task, text, bytes);
    auto& own = *static_cast<TextReply*>(task->privdata);
    text = std::copy_n(text, bytes, own.text_);
    *text = '\0';
    own.reply_.type = task->type;
    own.reply_.str = own.text_;
    own.reply_.len = static_cast<decltype(own.reply_.len)>(bytes);
    own.reply_.element = mark();
    return &own.reply_;
  }
  static redisReply** mark() noexcept { return &marked_; }

  static constexpr size_t kMostBytes = 255;
  static inline decltype(redisReplyObjectFunctions::createString) make_other_ = nullptr;
  static inline decltype(redisReplyObjectFunctions::freeObject) free_other_ = nullptr;
  static inline redisReply* marked_ = nullptr;  ///< its address says whose reply it is

  redisReply reply_{};
  char text_[kMostBytes + 1];
};

}  // namespace kilometric
