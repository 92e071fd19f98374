#include "common/http/content_coding.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");

namespace {

constexpr size_t kMost = 1024 * 1024;
constexpr int kGzip = 31, kZlib = 15, kRaw = -15;

std::string coded(std::string_view text, int window) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string decoded(std::string_view codings, std::string_view body) {
  const auto result = decode_body(codings, body, kMost);
  REQUIRE(std::holds_alternative<std::string>(result));
  return std::get<std::string>(result);
}

int status_of(std::string_view codings, std::string_view body, size_t most = kMost) {
  const auto result = decode_body(codings, body, most);
  const auto* const refusal = std::get_if<Refusal>(&result);
  if (!refusal) return 200;
  CHECK_FALSE(refusal->message.empty());
  return refusal->status;
}

const std::string kText = "visits:1|c\nvisits:2|c\n";

}  // namespace

TEST_CASE("bodies are decoded as Content-Encoding says, in whatever case") {
  for (const char* name : {"gzip", "GZIP", "x-gzip", "X-GZip", " gzip ", "identity, gzip"})
    CHECK(decoded(name, coded(kText, kGzip)) == kText);
  CHECK(decoded("deflate", coded(kText, kZlib)) == kText);
  CHECK(decoded("Deflate", coded(kText, kRaw)) == kText);
  for (const char* name : {"identity", "Identity", "", " , "}) CHECK(decoded(name, kText) == kText);
  CHECK(decoded("gzip", coded("", kGzip)).empty());
  CHECK(decoded("gzip", coded("a:1|c\n", kGzip) + coded("b:1|c\n", kGzip)) == "a:1|c\nb:1|c\n");
}

TEST_CASE("other codings are refused") {
  for (const char* name : {"br", "zstd", "compress", "gzip, gzip", "deflate, gzip", "chunked", "*", "gzip/9"})
    CHECK_MESSAGE(status_of(name, coded(kText, kGzip)) == 415, name);
}

TEST_CASE("what is not coded so is refused, wherever it was cut") {
  CHECK(status_of("gzip", kText) == 400);
  CHECK(status_of("deflate", kText) == 400);
  CHECK(status_of("gzip", coded(kText, kZlib)) == 400);
  for (const int window : {kGzip, kZlib, kRaw}) {
    const std::string whole = coded(kText, window);
    for (size_t size = 1; size < whole.size(); ++size)
      CHECK(status_of(window == kGzip ? "gzip" : "deflate", whole.substr(0, size)) == 400);
    CHECK(status_of(window == kGzip ? "gzip" : "deflate", whole + "more") == 400);
  }
  std::string damaged = coded(kText, kGzip);
  damaged[damaged.size() - 6] ^= 1;  // of the checksum
  CHECK(status_of("gzip", damaged) == 400);
}

TEST_CASE("a small body that stands for a huge one is refused") {
  const std::string huge(64 * 1024 * 1024, 'a');
  CHECK(status_of("gzip", coded(huge, kGzip)) == 413);
  CHECK(status_of("deflate", coded(huge, kZlib)) == 413);
  CHECK(status_of("gzip", coded(std::string(100, 'a'), kGzip), 100) == 200);
  CHECK(status_of("gzip", coded(std::string(101, 'a'), kGzip), 100) == 413);
  std::string members;
  for (int i = 0; i < 101; ++i) members += coded("a", kGzip);
  CHECK(status_of("gzip", members, 100) == 413);
}
