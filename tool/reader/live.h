// `GET /live`, of several kinds at once: what is written from now on, entry by entry. (A stream of readerd's is
// of one kind.)
//
// The caller waits in take(), which gives back each event's JSON. A stream that ends, or a server that hangs
// up, is a Failure with status 69.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tool/reader/reader.h"

namespace kilometric::tool {

struct LiveEvent {
  std::string kind;  ///< "event" of events and service checks
  std::string data;  ///< JSON
};

class LiveStreams {
 public:
  static constexpr size_t kMostEventBytes = 1 << 20;

  explicit LiveStreams(const Reader& reader) : reader_(reader) {}

  void add(std::string kind, const Query& query);

  /// What has come until now, or until `patience` is over. It may be nothing.
  std::vector<LiveEvent> take(std::chrono::milliseconds patience);

 private:
  struct Stream {
    std::string kind;
    std::unique_ptr<Exchange> exchange;
    std::string rest;  ///< of an event that is not whole
  };
  static void read(Stream& stream, std::vector<LiveEvent>& events);

  const Reader& reader_;
  std::vector<Stream> streams_;
};

}  // namespace kilometric::tool
