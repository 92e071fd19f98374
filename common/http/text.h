// The text of answers: status line, headers, chunks, and the JSON of errors. An answer that says nothing of
// caches may not be kept by them.
//
// HttpAnswer calls it, with the outbox to append to; send_error() makes its bodies here. What strangers wrote
// reaches it only as an error's message, which is made valid UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

enum class HttpBody : uint8_t {
  whole,      ///< Content-Length, and the body behind the head
  none,       ///< to HEAD: the body is measured, not sent
  chunked,    ///< in pieces, each behind its size
  until_end,  ///< in pieces, up to the end of the connection: for HTTP/1.0
};

/// What the connection adds to the handler's answer.
struct HttpFraming {
  std::string_view connection;  ///< "close", "keep-alive", or empty for no Connection header
  HttpBody body = HttpBody::whole;
  std::string_view headers;  ///< further lines, each with its CRLF
};

void append_http_answer(std::string& out, int status, std::string_view content_type, std::string_view body,
                        std::string_view extra_headers, const HttpFraming& framing);

/// A piece of a chunked body. An empty one would end the body, so it is left out.
void append_http_chunk(std::string& out, std::string_view piece);

inline constexpr std::string_view kHttpLastChunk = "0\r\n\r\n";

/// `{"error":"<message>"}`; bytes that are not UTF-8 become U+FFFD.
std::string http_error_body(std::string_view message);

inline constexpr std::string_view kHttpErrorType = "application/json";

}  // namespace kilometric
