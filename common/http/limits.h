// What a client may ask of the HTTP server. Whoever makes a server may narrow it; connections and parsers look
// here for each request.
#pragma once

#include <chrono>
#include <cstddef>

namespace kilometric {

struct HttpLimits {
  size_t head_bytes = 16 * 1024;                   ///< request line and headers: 431
  size_t body_bytes = 1024 * 1024;                 ///< one body, announced or chunked: 413
  size_t buffered_bytes = 64 * 1024 * 1024;        ///< bodies and answers in memory, all connections: 503
  size_t connections = 10'000;                     ///< a further one gets 503 and is closed
  std::chrono::milliseconds request_time{10'000};  ///< first byte to last byte of a request: 408
  std::chrono::milliseconds idle_time{75'000};     ///< between requests: closed without a word
  std::chrono::milliseconds write_time{30'000};    ///< an answer the client does not take: closed
};

}  // namespace kilometric
