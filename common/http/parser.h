// One request, read piece by piece: the bytes go through HttpLines (strict lines) to llhttp (which
// splits them), and what both let pass is checked here when the head is complete.
//
// A connection borrows a parser from its server for the time of a request: an idle connection has
// none. The parser owns the request's text; request() hands out views of it until reset().
#pragma once

#include <llhttp.h>

#include <string>
#include <string_view>

#include "common/http/headers.h"
#include "common/http/limits.h"
#include "common/http/lines.h"
#include "common/http/request.h"

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

  HttpRequest request() const;  ///< when complete
  std::string_view path() const { return path_; }
  bool keep_alive() const { return keep_alive_; }
  bool http_1_0() const { return llhttp_.http_minor == 0; }
  bool is_head() const { return llhttp_.method == HTTP_HEAD; }

  /// True once, when the client waits for "100 Continue" and has sent nothing of the body.
  bool take_expectation();

  int error_status() const { return error_status_; }  ///< when failed
  const std::string& error() const { return error_; }

  void reset();          ///< ready for the next request; keeps the memory
  void drop_body();      ///< frees it: nobody will look at it again
  size_t bytes() const;  ///< memory held

 private:
  static const llhttp_settings_t& callbacks();
  static HttpParser& of(llhttp_t* llhttp) { return *static_cast<HttpParser*>(llhttp->data); }

  void skip_blank_lines(std::string_view& bytes);
  void feed_lines(std::string_view& bytes);
  void feed_body(std::string_view& bytes);
  void execute(const char* data, size_t size);
  int on_headers_complete();
  int on_chunk_header();
  int on_body(const char* at, size_t size);
  int on_chunk_extension(size_t size);
  bool check_protocol();
  bool check_framing();
  bool check_expectation();
  void split_url();
  void fail(int status, std::string error);
  void fail_as_llhttp_says();

  const HttpLimits& limits_;
  llhttp_t llhttp_;
  HttpLines lines_;
  Phase phase_ = Phase::start;
  std::string head_;       ///< the head's text, bytes above 0x7F in the URL encoded
  size_t head_bytes_ = 0;  ///< bytes of the head, the trailer and chunk extensions, as received
  HttpHeaders headers_{head_};
  std::string body_;
  size_t url_ = 0, url_size_ = 0, version_ = 0;  ///< places in head_
  std::string_view path_, query_;
  bool blank_cr_ = false;  ///< a CR before the request line was seen
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  int error_status_ = 0;
  std::string error_;
};

}  // namespace kilometric
