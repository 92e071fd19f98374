#include "common/http/parser.h"

#include <strings.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kilometric {
namespace {

constexpr const char* kRequestLine =
    "the request line is not METHOD URL HTTP/1.1; check the method and encode the URL";
constexpr unsigned char kTlsHandshake = 0x16;  // the first byte of a TLS client's hello

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// What to fix, in place of llhttp's own words.
const char* words_for(llhttp_errno_t error, bool transfer_encoding) {
  switch (error) {
    case HPE_INVALID_METHOD:
    case HPE_INVALID_CONSTANT:
    case HPE_INVALID_VERSION:
      return kRequestLine;
    case HPE_INVALID_URL:
      return "the URL holds a character that is not allowed; percent-encode it";
    case HPE_INVALID_HEADER_TOKEN:
    case HPE_UNEXPECTED_SPACE:
      return "a header is malformed; write it as Name: value, with no blank before the colon";
    case HPE_INVALID_CONTENT_LENGTH:
      return "Content-Length is not a decimal number; send digits only";
    case HPE_UNEXPECTED_CONTENT_LENGTH:
      return transfer_encoding ? "both Content-Length and Transfer-Encoding are given; send one"
                               : "Content-Length is given twice; send it once";
    case HPE_INVALID_TRANSFER_ENCODING:
      return "Transfer-Encoding is not chunked; send chunked or a Content-Length";
    case HPE_INVALID_CHUNK_SIZE:
      return "a chunk's size is malformed; send hex digits only";
    default:
      return "the request is not well-formed HTTP/1.1";
  }
}

}  // namespace

HttpParser::HttpParser(const HttpLimits& limits) : limits_(limits) { reset(); }

void HttpParser::reset() {
  llhttp_init(&llhttp_, HTTP_REQUEST, &callbacks());
  llhttp_.data = this;
  lines_.begin_head();
  phase_ = Phase::start;
  head_.clear();
  head_bytes_ = 0;
  headers_.clear();
  body_.clear();
  url_ = url_size_ = version_ = 0;
  path_ = query_ = {};
  blank_cr_ = keep_alive_ = expects_continue_ = false;
  error_status_ = 0;
}

void HttpParser::drop_body() { std::string().swap(body_); }

size_t HttpParser::bytes() const {
  return sizeof *this + head_.capacity() + headers_.bytes() + body_.capacity();
}

HttpRequest HttpParser::request() const {
  return {static_cast<llhttp_method_t>(llhttp_.method), path_, query_, body_, &headers_};
}

bool HttpParser::take_expectation() {
  return std::exchange(expects_continue_, false) && phase_ == Phase::body && body_.empty();
}

HttpParser::Phase HttpParser::feed(std::string_view& bytes) {
  if (phase_ == Phase::start) skip_blank_lines(bytes);
  while (!bytes.empty() && phase_ != Phase::complete && phase_ != Phase::failed) {
    if (phase_ == Phase::body)
      feed_body(bytes);
    else
      feed_lines(bytes);
  }
  return phase_;
}

/// Some clients send an empty line after a body; it does not begin a request.
void HttpParser::skip_blank_lines(std::string_view& bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    const char byte = bytes.front();
    if (blank_cr_ ? byte != '\n' : byte != '\r') break;
    blank_cr_ = !blank_cr_;
  }
  if (bytes.empty()) return;
  phase_ = Phase::head;
  if (blank_cr_)
    fail(400, "a CR is not followed by LF; end each line in CR LF");
  else if (static_cast<unsigned char>(bytes.front()) == kTlsHandshake)
    fail(400, "this looks like TLS; this port speaks plain http://");
}

void HttpParser::feed_lines(std::string_view& bytes) {
  const size_t old_size = head_.size();
  const size_t used = lines_.copy(bytes.substr(0, limits_.head_bytes - head_bytes_), head_);
  bytes.remove_prefix(used);
  head_bytes_ += used;
  const Phase phase = phase_;
  execute(head_.data() + old_size, head_.size() - old_size);
  if (phase_ == Phase::failed) return;
  if (lines_.error() != nullptr)
    fail(400, lines_.error());
  else if (lines_.complete() && phase_ == phase)  // llhttp does not see the end that we see
    fail(400, kRequestLine);
  else if (!lines_.complete() && head_bytes_ >= limits_.head_bytes)
    fail(431, "the request line and headers are longer than " + std::to_string(limits_.head_bytes) +
                  " bytes; shorten them");
}

void HttpParser::feed_body(std::string_view& bytes) {
  const char* const begin = bytes.data();
  execute(begin, bytes.size());
  const bool paused = llhttp_get_errno(&llhttp_) == HPE_PAUSED;
  bytes.remove_prefix(paused ? static_cast<size_t>(llhttp_get_error_pos(&llhttp_) - begin) : bytes.size());
  if (phase_ == Phase::trailer) llhttp_resume(&llhttp_);
}

void HttpParser::execute(const char* data, size_t size) {
  const llhttp_errno_t error = llhttp_execute(&llhttp_, data, size);
  if (error != HPE_OK && error != HPE_PAUSED && phase_ != Phase::failed) fail_as_llhttp_says();
}

const llhttp_settings_t& HttpParser::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_url = [](llhttp_t* raw, const char* at, size_t size) {
      HttpParser& self = of(raw);
      if (self.url_size_ == 0) self.url_ = static_cast<size_t>(at - self.head_.data());
      self.url_size_ += size;
      return 0;
    };
    s.on_version = [](llhttp_t* raw, const char* at, size_t) {
      HttpParser& self = of(raw);
      if (self.version_ == 0) self.version_ = static_cast<size_t>(at - self.head_.data());
      return 0;
    };
    s.on_header_field = [](llhttp_t* raw, const char* at, size_t size) {
      HttpParser& self = of(raw);
      if (self.phase_ == Phase::head)
        self.headers_.add_to_name(static_cast<size_t>(at - self.head_.data()), size);
      return 0;
    };
    s.on_header_value = [](llhttp_t* raw, const char* at, size_t size) {
      HttpParser& self = of(raw);
      if (self.phase_ == Phase::head)
        self.headers_.add_to_value(static_cast<size_t>(at - self.head_.data()), size);
      return 0;
    };
    s.on_header_value_complete = [](llhttp_t* raw) {
      of(raw).headers_.end_field();
      return 0;
    };
    s.on_headers_complete = [](llhttp_t* raw) { return of(raw).on_headers_complete(); };
    s.on_chunk_header = [](llhttp_t* raw) { return of(raw).on_chunk_header(); };
    s.on_chunk_extension_name = [](llhttp_t* raw, const char*, size_t size) {
      return of(raw).on_chunk_extension(size);
    };
    s.on_chunk_extension_value = s.on_chunk_extension_name;
    s.on_body = [](llhttp_t* raw, const char* at, size_t size) { return of(raw).on_body(at, size); };
    s.on_message_complete = [](llhttp_t* raw) -> int {
      of(raw).split_url();
      of(raw).phase_ = Phase::complete;
      return HPE_PAUSED;
    };
    return s;
  }();
  return settings;
}

/// llhttp has taken the head as well-formed; now its meaning.
int HttpParser::on_headers_complete() {
  phase_ = Phase::body;
  keep_alive_ = llhttp_should_keep_alive(&llhttp_) && !(llhttp_.flags & F_CONNECTION_CLOSE);
  return check_protocol() && check_framing() && check_expectation() ? 0 : -1;
}

bool HttpParser::check_protocol() {
  // llhttp knows RTSP and ICE too, and versions 0.9 and 2.0.
  const bool http = version_ >= 5 && std::memcmp(head_.data() + version_ - 5, "HTTP/", 5) == 0;
  if (!http || llhttp_.http_major != 1) {
    fail(400, "the protocol is neither HTTP/1.1 nor HTTP/1.0; use one of these");
  } else if (llhttp_.method == HTTP_CONNECT) {
    fail(501, "CONNECT is not served: this is no proxy");
  } else if (headers_.count("host") > 1) {
    fail(400, "Host is given twice; send it once");
  }
  return phase_ != Phase::failed;
}

/// The body's length must have one meaning for everyone between the client and us.
bool HttpParser::check_framing() {
  const size_t lengths = headers_.count("content-length");
  const size_t encodings = headers_.count("transfer-encoding");
  if (lengths > 0 && encodings > 0) {
    fail(400, words_for(HPE_UNEXPECTED_CONTENT_LENGTH, true));
  } else if (lengths > 1) {
    fail(400, words_for(HPE_UNEXPECTED_CONTENT_LENGTH, false));
  } else if (encodings > 1) {
    fail(400, "Transfer-Encoding is given twice; send it once");
  } else if (encodings == 1 && !equal_ignoring_case(headers_.find("transfer-encoding"), "chunked")) {
    fail(400, words_for(HPE_INVALID_TRANSFER_ENCODING, true));
  } else if (encodings == 1 && http_1_0()) {
    fail(400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length or use HTTP/1.1");
  } else if (llhttp_.content_length > limits_.body_bytes) {
    fail(413, "the body is longer than " + std::to_string(limits_.body_bytes) + " bytes; send it in parts");
  }
  return phase_ != Phase::failed;
}

bool HttpParser::check_expectation() {
  if (http_1_0() || headers_.count("expect") == 0) return true;  // HTTP/1.0 has no expectations
  if (!equal_ignoring_case(headers_.find("expect"), "100-continue")) {
    fail(417, "the only expectation served is 100-continue; leave Expect out");
    return false;
  }
  expects_continue_ = true;
  return true;
}

/// "/path?query", or the absolute form "http://host/path?query"; a fragment is nobody's business.
void HttpParser::split_url() {
  std::string_view url(head_.data() + url_, url_size_);
  url = url.substr(0, url.find('#'));
  if (const size_t scheme = url.find("://"); !url.starts_with('/') && scheme != url.npos) {
    url.remove_prefix(scheme + 3);
    url.remove_prefix(std::min(url.find_first_of("/?"), url.size()));
  }
  const size_t mark = std::min(url.find('?'), url.size());
  path_ = mark == 0 ? "/" : url.substr(0, mark);
  query_ = url.substr(std::min(mark + 1, url.size()));
}

/// llhttp holds the chunk's length in content_length. The trailer's lines go through HttpLines.
int HttpParser::on_chunk_header() {
  if (llhttp_.content_length > limits_.body_bytes - body_.size()) {
    fail(413, "the body is longer than " + std::to_string(limits_.body_bytes) + " bytes; send it in parts");
    return -1;
  }
  if (llhttp_.content_length > 0) return 0;
  phase_ = Phase::trailer;
  lines_.begin_trailer();
  return HPE_PAUSED;
}

int HttpParser::on_body(const char* at, size_t size) {
  body_.append(at, size);
  return 0;
}

int HttpParser::on_chunk_extension(size_t size) {
  head_bytes_ += size;
  if (head_bytes_ <= limits_.head_bytes) return 0;
  fail(431, "the headers and chunk extensions are longer than " + std::to_string(limits_.head_bytes) +
                " bytes; leave the extensions out");
  return HPE_USER;
}

void HttpParser::fail(int status, std::string error) {
  phase_ = Phase::failed;
  error_status_ = status;
  error_ = std::move(error);
}

void HttpParser::fail_as_llhttp_says() {
  const bool transfer_encoding = (llhttp_.flags & F_TRANSFER_ENCODING) != 0;
  fail(400, words_for(llhttp_get_errno(&llhttp_), transfer_encoding));
}

}  // namespace kilometric
