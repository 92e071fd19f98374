// The text of answers: status line, headers, and the JSON of errors.
#pragma once

#include <string>
#include <string_view>

namespace kilometric {

/// What the connection adds to the handler's answer.
struct HttpFraming {
  std::string_view connection;  ///< "close", "keep-alive", or empty for no Connection header
  bool head_only = false;       ///< HEAD: the body is measured, not sent
};

void append_http_answer(std::string& out, int status, std::string_view content_type,
                        std::string_view body, std::string_view extra_headers,
                        const HttpFraming& framing);

/// `{"error":"<message>"}`; bytes that are not UTF-8 become U+FFFD.
std::string http_error_body(std::string_view message);

inline constexpr std::string_view kHttpErrorType = "application/json";

}  // namespace kilometric
