#include "readerd/output/gzip.h"

#include <cassert>
#include <new>

namespace kilometric {
namespace {

constexpr int kLevel = 1;  // the quickest: points shrink to a tenth all the same, and the client waits
constexpr int kWindowBits = 15 + 16;  // 32 KiB, in gzip's format rather than zlib's
constexpr int kMemory = 8;            // zlib's usual

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

}  // namespace kilometric
