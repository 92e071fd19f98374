// One request, read piece by piece: the bytes go through HttpLines (strict lines) to llhttp (which
// splits them), and what both let pass is held against common/http/head_rules.h when the head is complete.
//
// A connection borrows a parser from its server for the time of a request: an idle connection has
// none. The parser owns the request's text; request() hands out views of it until reset(). What is wrong with a
// request ends in Phase::failed, with a refusal() that says what to fix; nothing more is read then.
#pragma once

#include <llhttp.h>

#include <string_view>

#include "common/http/limits.h"
#include "common/http/lines.h"
#include "common/http/refusal.h"
#include "common/http/request.h"
#include "common/http/request_text.h"

namespace kilometric {

class HttpParser {
 public:
  enum class Phase { start, head, body, trailer, complete, failed };

  explicit HttpParser(const HttpLimits& limits);
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  /// Takes bytes from the front of `bytes`: all of them, unless the request is complete or failed.
  Phase feed(std::string_view& bytes);
  Phase phase() const { return phase_; }
  bool started() const { return phase_ != Phase::start || blank_cr_; }

  /// Requires the request to be complete.
  HttpRequest request() const { return text_.request(static_cast<llhttp_method_t>(llhttp_.method)); }
  std::string_view path() const { return text_.path(); }
  bool keep_alive() const { return keep_alive_; }
  bool http_1_0() const { return llhttp_.http_minor == 0; }
  bool is_head() const { return llhttp_.method == HTTP_HEAD; }

  /// True once, when the client waits for "100 Continue" and has sent nothing of the body.
  bool take_expectation();

  const Refusal& refusal() const { return refusal_; }  ///< when failed

  void reset();                            ///< ready for the next request; keeps the memory
  void drop_body() { text_.drop_body(); }  ///< frees it: nobody will look at it again
  size_t bytes() const { return sizeof *this + text_.bytes(); }  ///< memory held

 private:
  static const llhttp_settings_t& callbacks();
  static HttpParser& of(llhttp_t* llhttp) { return *static_cast<HttpParser*>(llhttp->data); }

  void skip_blank_lines(std::string_view& bytes);
  void feed_lines(std::string_view& bytes);
  void feed_body(std::string_view& bytes);
  void execute(const char* data, size_t size);
  int on_headers_complete();
  int on_chunk_header();
  int on_chunk_extension(size_t size);
  void check_expectation();
  void fail(Refusal refusal);

  const HttpLimits& limits_;
  llhttp_t llhttp_;
  HttpLines lines_;
  HttpRequestText text_;
  Phase phase_ = Phase::start;
  size_t head_bytes_ = 0;  ///< bytes of the head, the trailer and chunk extensions, as received
  bool blank_cr_ = false;  ///< a CR before the request line was seen
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  Refusal refusal_;
};

}  // namespace kilometric
