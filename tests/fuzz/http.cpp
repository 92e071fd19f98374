// Requests arrive in pieces cut anywhere. The same bytes fed whole, byte by byte, and cut where the
// input holds a '`' are the same requests, and end in the same way.
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/parser.h"

using namespace kilometric;

namespace {

constexpr char kCut = '`';

/// So small that the input can reach them.
HttpLimits small_limits() {
  HttpLimits limits;
  limits.head_bytes = 256;
  limits.body_bytes = 64;
  return limits;
}

std::string words_for(const HttpParser& parser) {
  const HttpRequest request = parser.request();
  assert(request.path.find_first_of("?#") == request.path.npos);
  assert(request.body.size() <= small_limits().body_bytes);
  std::string words = llhttp_method_name(request.method);
  words.append(" ").append(request.path).append("?").append(request.query);
  for (const char* name : {"host", "content-type", "expect", "connection", "a"})
    words.append(", ").append(name).append("=").append(request.header(name));
  words.append(parser.http_1_0() ? ", 1.0" : ", 1.1").append(parser.is_head() ? ", head: " : ": ");
  return words.append(request.body).append(parser.keep_alive() ? "\n" : "\nclose");
}

/// What a connection would make of these pieces, in words.
std::string conversation(const std::vector<std::string>& pieces) {
  const HttpLimits limits = small_limits();
  HttpParser parser(limits);
  std::string words;
  for (const std::string& piece : pieces) {
    const std::vector<char> alone(piece.begin(), piece.end());  // gone when the next piece comes
    std::string_view bytes(alone.data(), alone.size());
    while (!bytes.empty()) {
      switch (parser.feed(bytes)) {
        case HttpParser::Phase::complete:
          words += words_for(parser);
          if (!parser.keep_alive()) return words;
          parser.reset();
          break;
        case HttpParser::Phase::failed:
          assert(parser.refusal().status >= 400 && !parser.refusal().message.empty());
          return words + std::to_string(parser.refusal().status) + " " + parser.refusal().message;
        default:
          assert(bytes.empty());
          parser.take_expectation();
      }
    }
  }
  return words + (parser.started() ? "unfinished" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> cut(1), single;
  std::string whole;
  for (const char c : std::string_view(reinterpret_cast<const char*>(data), size)) {
    if (c == kCut) {
      cut.emplace_back();
      continue;
    }
    cut.back() += c;
    whole += c;
    single.emplace_back(1, c);
  }
  const std::string expected = conversation({whole});
  assert(conversation(cut) == expected);
  assert(conversation(single) == expected);
  return 0;
}
