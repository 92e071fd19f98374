#include "common/http/content_coding.h"

#include <zlib.h>

#include <new>
#include <vector>

#include "common/http/preferences.h"

namespace kilometric {
namespace {

using Decoded = std::variant<std::string, Refusal>;

constexpr int kZlib = 15, kGzip = kZlib + 16, kRaw = -15;  // what zlib calls window bits

Refusal refuse_content() {
  return {400, "the body is not coded as Content-Encoding says, or not whole; send it as it is, or coded once"};
}

/// RFC 9110's deflate is in zlib's format; some clients send it bare.
int window_of_deflate(std::string_view body) {
  const auto byte = [&](size_t at) { return at < body.size() ? static_cast<unsigned char>(body[at]) : 0; };
  return byte(0) % 16 == Z_DEFLATED && (byte(0) * 256 + byte(1)) % 31 == 0 ? kZlib : kRaw;
}

class Inflation {
 public:
  Inflation(std::string_view body, int window) : window_(window) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib only reads
    stream_.avail_in = static_cast<uInt>(body.size());
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(&stream_); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  /// gzip's members follow each other, and are one text together.
  Decoded run(size_t most) {
    std::string text;
    for (;;) {
      const int result = next(text);
      if (text.size() > most)
        return Refusal{413, "the body is longer than " + std::to_string(most) +
                                " bytes when it is decoded; send it in parts"};
      if (result == Z_STREAM_END && stream_.avail_in == 0) return text;
      const bool goes_on =
          result == Z_OK || (result == Z_STREAM_END && window_ == kGzip && inflateReset(&stream_) == Z_OK);
      if (!goes_on) return refuse_content();
    }
  }

 private:
  int next(std::string& text) {
    char buffer[16 * 1024];
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = sizeof buffer;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    text.append(buffer, sizeof buffer - stream_.avail_out);
    return result;
  }

  const int window_;
  z_stream stream_{};
};

}  // namespace

Decoded decode_body(std::string_view codings, std::string_view body, size_t most) {
  std::vector<HttpPreference> names = parse_preferences(codings);
  std::erase_if(names, [](const HttpPreference& each) { return is_named(each, "identity"); });
  if (names.empty()) return std::string(body);
  const bool gzip = is_named(names[0], "gzip") || is_named(names[0], "x-gzip");
  if (names.size() > 1 || (!gzip && !is_named(names[0], "deflate")))
    return Refusal{415, "Content-Encoding: must be gzip, deflate or identity, one of them"};
  return Inflation(body, gzip ? kGzip : window_of_deflate(body)).run(most);
}

}  // namespace kilometric
