#include "common/http/parser.h"

#include <string>
#include <utility>

#include "common/http/head_rules.h"

namespace kilometric {
namespace {

constexpr unsigned char kTlsHandshake = 0x16;  // the first byte of a TLS client's hello

}  // namespace

HttpParser::HttpParser(const HttpLimits& limits) : limits_(limits) { reset(); }

void HttpParser::reset() {
  llhttp_init(&llhttp_, HTTP_REQUEST, &callbacks());
  llhttp_.data = this;
  lines_.begin_head();
  phase_ = Phase::start;
  text_.clear();
  head_bytes_ = 0;
  blank_cr_ = keep_alive_ = expects_continue_ = false;
}

bool HttpParser::take_expectation() {
  return std::exchange(expects_continue_, false) && phase_ == Phase::body && text_.body().empty();
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
    fail({400, "a CR is not followed by LF; end each line in CR LF"});
  else if (static_cast<unsigned char>(bytes.front()) == kTlsHandshake)
    fail({400, "this looks like TLS; this port speaks plain http://"});
}

void HttpParser::feed_lines(std::string_view& bytes) {
  std::string& head = text_.head();
  const size_t old_size = head.size();
  const size_t used = lines_.copy(bytes.substr(0, limits_.head_bytes - head_bytes_), head);
  bytes.remove_prefix(used);
  head_bytes_ += used;
  const Phase phase = phase_;
  execute(head.data() + old_size, head.size() - old_size);
  if (phase_ == Phase::failed) return;
  if (lines_.error() != nullptr)
    fail({400, lines_.error()});
  else if (lines_.complete() && phase_ == phase)  // llhttp does not see the end that we see
    fail(refuse_request_line());
  else if (!lines_.complete() && head_bytes_ >= limits_.head_bytes)
    fail({431, "the request line and headers are longer than " + std::to_string(limits_.head_bytes) +
                   " bytes; shorten them"});
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
  if (error != HPE_OK && error != HPE_PAUSED && phase_ != Phase::failed) fail(refuse_as_malformed(llhttp_));
}

/// A trailer's fields are read and dropped.
const llhttp_settings_t& HttpParser::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_url = [](llhttp_t* raw, const char* at, size_t size) {
      of(raw).text_.add_to_url(at, size);
      return 0;
    };
    s.on_version = [](llhttp_t* raw, const char* at, size_t) {
      of(raw).text_.see_version(at);
      return 0;
    };
    s.on_header_field = [](llhttp_t* raw, const char* at, size_t size) {
      if (HttpParser& self = of(raw); self.phase_ == Phase::head) self.text_.add_to_name(at, size);
      return 0;
    };
    s.on_header_value = [](llhttp_t* raw, const char* at, size_t size) {
      if (HttpParser& self = of(raw); self.phase_ == Phase::head) self.text_.add_to_value(at, size);
      return 0;
    };
    s.on_header_value_complete = [](llhttp_t* raw) {
      of(raw).text_.end_field();
      return 0;
    };
    s.on_headers_complete = [](llhttp_t* raw) { return of(raw).on_headers_complete(); };
    s.on_chunk_header = [](llhttp_t* raw) { return of(raw).on_chunk_header(); };
    s.on_chunk_extension_name = [](llhttp_t* raw, const char*, size_t size) {
      return of(raw).on_chunk_extension(size);
    };
    s.on_chunk_extension_value = s.on_chunk_extension_name;
    s.on_body = [](llhttp_t* raw, const char* at, size_t size) {
      of(raw).text_.body().append(at, size);
      return 0;
    };
    s.on_message_complete = [](llhttp_t* raw) -> int {
      of(raw).text_.split_url();
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
  if (auto refusal = refuse_head(llhttp_, text_, limits_))
    fail(std::move(*refusal));
  else
    check_expectation();
  return phase_ != Phase::failed ? 0 : -1;
}

void HttpParser::check_expectation() {
  if (http_1_0() || text_.headers().count("expect") == 0) return;  // HTTP/1.0 has no expectations
  if (equal_ignoring_case(text_.headers().find("expect"), "100-continue"))
    expects_continue_ = true;
  else
    fail({417, "the only expectation served is 100-continue; leave Expect out"});
}

/// llhttp holds the chunk's length in content_length. The trailer's lines go through HttpLines.
int HttpParser::on_chunk_header() {
  if (llhttp_.content_length > limits_.body_bytes - text_.body().size()) {
    fail(refuse_long_body(limits_));
    return -1;
  }
  if (llhttp_.content_length > 0) return 0;
  phase_ = Phase::trailer;
  lines_.begin_trailer();
  return HPE_PAUSED;
}

int HttpParser::on_chunk_extension(size_t size) {
  head_bytes_ += size;
  if (head_bytes_ <= limits_.head_bytes) return 0;
  fail({431, "the headers and chunk extensions are longer than " + std::to_string(limits_.head_bytes) +
                 " bytes; leave the extensions out"});
  return HPE_USER;
}

void HttpParser::fail(Refusal refusal) {
  phase_ = Phase::failed;
  refusal_ = std::move(refusal);
}

}  // namespace kilometric
