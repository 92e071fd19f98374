// The command that adds an entry, in Redis' protocol: what Redis::command() would make of
//
//   XADD kilometric.<key> <ID> <field> <value> ...
//
// A flush is made of these, up to a million of them, so what is the same for many is written out once: the
// start, as long as the number of fields is the same, and the ID. An example, CR LF shown as line ends:
//
//   *5                                the start
//   $4
//   XADD
//   $20
//   kilometric.my-metric
//   $29                               the ID
//   1603303544893-140737488355327
//   $5
//   count
//   $2
//   42
//
// The stream of events is bounded: behind its name stands MAXLEN ~ and how many it keeps at least.
//
// Owned by the batch that is being sent (ingestd/send/open_batch.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/metric/kind.h"
#include "ingestd/spool/batch_format.h"

namespace kilometric {

class EntryCommand {
 public:
  /// `most_events`: that their stream keeps.
  explicit EntryCommand(uint64_t most_events = 0);

  /// For all calls of text() that follow.
  void set_id(std::string_view id);

  /// Valid until the next call.
  std::string_view text(std::string_view key, const Delta& delta);
  /// Requires that its delta is there.
  std::string_view text(const StoredEntry& entry);

 private:
  template <class Fields>
  std::string_view write(Kind kind, std::string_view key, Fields fields);
  void write_start(size_t arguments);
  template <class Fields>
  size_t write_rest(Kind kind, std::string_view key, Fields fields);
  /// Where the next bytes go, with room for so many; then how far they went.
  char* room(size_t bytes);
  void written(const char* end) { end_ = static_cast<size_t>(end - text_.data()); }

  std::string bound_;  ///< of the stream of events, as arguments
  std::string id_;     ///< as an argument
  std::string text_;   ///< begins with the start; longer than what is written
  size_t end_ = 0;     ///< of what is written
  size_t start_bytes_ = 0;
  size_t arguments_ = 0;  ///< that the start is for
};

}  // namespace kilometric
