// What has been read of one request: the text of its head and its body, and where things lie in them.
//
// Owned by a parser, which appends as the bytes come and clears it for the next request. An HttpRequest shows
// views of it. It has no errors of its own: whether a head is good says common/http/head_rules.h.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "common/http/headers.h"
#include "common/http/request.h"

namespace kilometric {

class HttpRequestText {
 public:
  HttpRequestText() = default;
  HttpRequestText(const HttpRequestText&) = delete;
  HttpRequestText& operator=(const HttpRequestText&) = delete;

  std::string& head() { return head_; }  ///< for appending lines to; a URL's bytes above 0x7F are encoded
  std::string& body() { return body_; }  ///< for appending to
  const std::string& body() const { return body_; }
  const HttpHeaders& headers() const { return headers_; }

  // Where things are. Require `at` to point into the head.
  void add_to_url(const char* at, size_t size) {
    if (url_size_ == 0) url_ = place(at);
    url_size_ += size;
  }
  void see_version(const char* at) {
    if (version_ == 0) version_ = place(at);
  }
  void add_to_name(const char* at, size_t size) { headers_.add_to_name(place(at), size); }
  void add_to_value(const char* at, size_t size) { headers_.add_to_value(place(at), size); }
  void end_field() { headers_.end_field(); }

  /// Whether the request line says HTTP, of whatever version.
  bool says_http() const { return version_ >= 5 && std::memcmp(head_.data() + version_ - 5, "HTTP/", 5) == 0; }

  void split_url();  ///< into path and query, once it is complete
  std::string_view path() const { return path_; }
  HttpRequest request(llhttp_method_t method) const { return {method, path_, query_, body_, &headers_}; }

  void clear() {  ///< keeps the memory
    head_.clear();
    headers_.clear();
    body_.clear();
    url_ = url_size_ = version_ = 0;
    path_ = query_ = {};
  }
  void drop_body() { std::string().swap(body_); }                                          ///< frees it
  size_t bytes() const { return head_.capacity() + headers_.bytes() + body_.capacity(); }  ///< memory held

 private:
  size_t place(const char* at) const { return static_cast<size_t>(at - head_.data()); }

  std::string head_;
  HttpHeaders headers_{head_};
  std::string body_;
  size_t url_ = 0, url_size_ = 0, version_ = 0;  ///< places in head_
  std::string_view path_, query_;
};

}  // namespace kilometric
