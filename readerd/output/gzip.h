// A body compressed as it grows (RFC 1952), with zlib.
#pragma once

#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

namespace kilometric {

class Gzip {
 public:
  Gzip();  ///< throws std::bad_alloc

  /// What can be sent after this piece; after the last, all of it.
  std::string compress(std::string_view piece, bool last);

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  std::unique_ptr<z_stream, End> stream_;
};

/// True when `accept_encoding`, the header, lets us.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace kilometric
