#include "tool/http/answer_parser.h"

#include <utility>

#include "tool/failure.h"

namespace kilometric::tool {

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [own, value] : headers)
    if (own == name) return value;
  return {};
}

AnswerParser::AnswerParser() {
  llhttp_init(&llhttp_, HTTP_RESPONSE, &callbacks());
  llhttp_.data = this;
}

const llhttp_settings_t& AnswerParser::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_status = [](llhttp_t* llhttp, const char*, size_t bytes) { return of(llhttp).take_head(bytes); };
    made.on_header_field = [](llhttp_t* llhttp, const char* at, size_t bytes) {
      return of(llhttp).add_to_name({at, bytes});
    };
    made.on_header_value = [](llhttp_t* llhttp, const char* at, size_t bytes) {
      return of(llhttp).add_to_value({at, bytes});
    };
    made.on_headers_complete = [](llhttp_t* llhttp) {
      AnswerParser& parser = of(llhttp);
      parser.answer_.status = llhttp->status_code;
      parser.head_complete_ = llhttp->status_code >= 200;
      return 0;
    };
    made.on_body = [](llhttp_t* llhttp, const char* at, size_t bytes) {
      of(llhttp).answer_.body.append(at, bytes);
      return 0;
    };
    made.on_message_complete = [](llhttp_t* llhttp) {
      AnswerParser& parser = of(llhttp);
      parser.complete_ = parser.head_complete_;
      return parser.complete_ ? static_cast<int>(HPE_PAUSED) : 0;
    };
    return made;
  }();
  return settings;
}

int AnswerParser::take_head(size_t bytes) {
  head_bytes_ += bytes;
  return head_bytes_ > kMostHeadBytes ? -1 : 0;
}

int AnswerParser::add_to_name(std::string_view piece) {
  const bool begins = std::exchange(in_value_, false);
  if (begins) answer_.headers.emplace_back();
  for (const char c : piece)
    answer_.headers.back().first += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return take_head(piece.size() + (begins ? sizeof(answer_.headers[0]) : 0));
}

int AnswerParser::add_to_value(std::string_view piece) {
  in_value_ = true;
  answer_.headers.back().second += piece;
  return take_head(piece.size());
}

void AnswerParser::feed(std::string_view bytes) {
  const llhttp_errno_t error = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  if (error != HPE_OK && !complete_)
    throw Failure(kUnreachable,
                  "the answer is no HTTP, or its head is longer than 64 KiB; is this a readerd's port?");
}

void AnswerParser::end() {
  if (complete_) return;
  llhttp_finish(&llhttp_);
  if (!complete_)
    throw Failure(kUnreachable,
                  "the connection ended before the answer did; readerd has lost Redis, or stopped");
}

}  // namespace kilometric::tool
