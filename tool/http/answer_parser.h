// An answer of an HTTP server, read piece by piece by llhttp. Its head has a limit; what comes of its body is
// kept until somebody takes it.
//
// Owned by an Exchange. What is no HTTP, or too long a head, is a Failure with status 69.
#pragma once

#include <llhttp.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kilometric::tool {

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;                                          ///< of it what has come and nobody took

  /// The first of that name (in lower case); empty when there is none.
  std::string_view header(std::string_view name) const;
};

class AnswerParser {
 public:
  static constexpr size_t kMostHeadBytes = 64 << 10;

  AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  void feed(std::string_view bytes);
  void end();  ///< the connection has ended

  bool head_complete() const { return head_complete_; }
  bool complete() const { return complete_; }
  HttpAnswer& answer() { return answer_; }

 private:
  static const llhttp_settings_t& callbacks();
  static AnswerParser& of(llhttp_t* llhttp) { return *static_cast<AnswerParser*>(llhttp->data); }

  int add_to_name(std::string_view piece);
  int add_to_value(std::string_view piece);
  int take_head(size_t bytes);

  llhttp_t llhttp_;
  HttpAnswer answer_;
  size_t head_bytes_ = 0;
  bool in_value_ = true;
  bool head_complete_ = false;
  bool complete_ = false;
};

}  // namespace kilometric::tool
