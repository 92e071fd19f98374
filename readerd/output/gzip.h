// A body compressed as it grows (RFC 1952), with zlib.
//
// Owned by the body of an answer whose client accepts gzip, which sends what comes out of it. Memory for it is
// taken at the start, or std::bad_alloc thrown; after that nothing can fail.
#pragma once

#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

namespace kilometric {

class Gzip {
 public:
  Gzip();  ///< throws std::bad_alloc

  /// Takes a piece and returns the bytes that can be sent now; after the last piece, all the rest.
  std::string compress(std::string_view piece, bool last);

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  std::unique_ptr<z_stream, End> stream_;
};

}  // namespace kilometric
