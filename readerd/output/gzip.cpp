#include "readerd/output/gzip.h"

#include <cassert>
#include <new>

namespace kilometric {
namespace {

constexpr int kLevel = 1;  // the quickest: points shrink to a tenth all the same, and the client waits
constexpr int kWindowBits = 15 + 16;  // 32 KiB, in gzip's format rather than zlib's
constexpr int kMemory = 8;            // zlib's usual

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

}  // namespace

void Gzip::End::operator()(z_stream* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

Gzip::Gzip() : stream_(new z_stream{}) {
  if (deflateInit2(stream_.get(), kLevel, Z_DEFLATED, kWindowBits, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

std::string Gzip::compress(std::string_view piece, bool last) {
  std::string out;
  char buffer[16 * 1024];
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib only reads
  stream_->avail_in = static_cast<uInt>(piece.size());
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(buffer);
    stream_->avail_out = sizeof buffer;
    [[maybe_unused]] const int result = deflate(stream_.get(), last ? Z_FINISH : Z_NO_FLUSH);
    assert(result != Z_STREAM_ERROR);
    out.append(buffer, sizeof buffer - stream_->avail_out);
  } while (stream_->avail_out == 0);
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view each = trimmed(accept_encoding.substr(0, comma));
    const size_t semicolon = each.find(';');
    if (trimmed(each.substr(0, semicolon)) == "gzip") {
      const std::string_view weight = semicolon == each.npos ? "" : trimmed(each.substr(semicolon + 1));
      return weight.find_first_not_of("q=0.") != weight.npos || weight.empty();
    }
    if (comma == accept_encoding.npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace kilometric
