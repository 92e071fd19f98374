#include "common/http/head_rules.h"

#include <strings.h>

#include <string>

namespace kilometric {
namespace {

constexpr const char* kRequestLine =
    "the request line is not METHOD URL HTTP/1.1; check the method and encode the URL";

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

std::optional<Refusal> refuse_protocol(const llhttp_t& llhttp, const HttpRequestText& text) {
  // llhttp knows RTSP and ICE too, and versions 0.9 and 2.0.
  if (!text.says_http() || llhttp.http_major != 1)
    return Refusal{400, "the protocol is neither HTTP/1.1 nor HTTP/1.0; use one of these"};
  if (llhttp.method == HTTP_CONNECT) return Refusal{501, "CONNECT is not served: this is no proxy"};
  if (text.headers().count("host") > 1) return Refusal{400, "Host is given twice; send it once"};
  return {};
}

/// The body's length must have one meaning for everyone between the client and us.
std::optional<Refusal> refuse_framing(const llhttp_t& llhttp, const HttpRequestText& text,
                                      const HttpLimits& limits) {
  const size_t lengths = text.headers().count("content-length");
  const size_t encodings = text.headers().count("transfer-encoding");
  if (lengths > 0 && encodings > 0) return Refusal{400, words_for(HPE_UNEXPECTED_CONTENT_LENGTH, true)};
  if (lengths > 1) return Refusal{400, words_for(HPE_UNEXPECTED_CONTENT_LENGTH, false)};
  if (encodings > 1) return Refusal{400, "Transfer-Encoding is given twice; send it once"};
  if (encodings == 1 && !equal_ignoring_case(text.headers().find("transfer-encoding"), "chunked"))
    return Refusal{400, words_for(HPE_INVALID_TRANSFER_ENCODING, true)};
  if (encodings == 1 && llhttp.http_minor == 0)
    return Refusal{400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length or use HTTP/1.1"};
  if (llhttp.content_length > limits.body_bytes) return refuse_long_body(limits);
  return {};
}

}  // namespace

std::optional<Refusal> refuse_head(const llhttp_t& llhttp, const HttpRequestText& text,
                                   const HttpLimits& limits) {
  if (auto refusal = refuse_protocol(llhttp, text)) return refusal;
  return refuse_framing(llhttp, text, limits);
}

Refusal refuse_as_malformed(const llhttp_t& llhttp) {
  const bool transfer_encoding = (llhttp.flags & F_TRANSFER_ENCODING) != 0;
  return {400, words_for(llhttp_get_errno(&llhttp), transfer_encoding)};
}

Refusal refuse_request_line() { return {400, kRequestLine}; }

Refusal refuse_long_body(const HttpLimits& limits) {
  return {413, "the body is longer than " + std::to_string(limits.body_bytes) + " bytes; send it in parts"};
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace kilometric
