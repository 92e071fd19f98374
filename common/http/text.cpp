#include "common/http/text.h"

#include <charconv>

#include "common/json.h"
#include "common/utf8.h"

namespace kilometric {
namespace {

// A cache that answers /track in our place counts nothing, and what it keeps of other answers gets old.
constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Entity";  // as the original says it
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // RFC 9112 allows an empty one
  }
}

void append_number(std::string& out, size_t number, int base = 10) {
  char digits[20];  // 2^64-1 has 20
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

void append_framing(std::string& out, size_t body_bytes, HttpBody body) {
  if (body == HttpBody::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (body != HttpBody::until_end) {
    out += "Content-Length: ";
    append_number(out, body_bytes);
    out += "\r\n";
  }
}

}  // namespace

void append_http_answer(std::string& out, int status, std::string_view content_type, std::string_view body,
                        std::string_view extra_headers, const HttpFraming& framing) {
  const bool bodiless = status == 204 || status == 304;
  if (status == 204 && extra_headers.empty() && framing.connection.empty()) {  // nearly every answer
    out.append("HTTP/1.1 204 No Content\r\n").append(kNoStore).append(framing.headers).append("\r\n");
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<size_t>(status));
  out.append(" ").append(reason_phrase(status)).append("\r\n");
  if (!bodiless) {
    if (!content_type.empty()) out.append("Content-Type: ").append(content_type).append("\r\n");
    append_framing(out, body.size(), framing.body);
  }
  if (extra_headers.find("Cache-Control:") == std::string_view::npos) out += kNoStore;
  out.append(extra_headers).append(framing.headers);
  if (!framing.connection.empty()) out.append("Connection: ").append(framing.connection).append("\r\n");
  out += "\r\n";
  if (!bodiless && framing.body == HttpBody::whole) out += body;
}

void append_http_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  append_number(out, piece.size(), 16);
  out.append("\r\n").append(piece).append("\r\n");
}

std::string http_error_body(std::string_view message) {
  return R"({"error":)" + json_string(valid_utf8(message)) + '}';
}

}  // namespace kilometric
