// The command that adds an entry, in Redis' protocol: what Redis::command() would make of
//
//   XADD kilometric.<key> <ID> count <delta>
//
// A flush is made of these, up to a million of them, so what is the same in all of a batch is written
// out once. An example, CR LF shown as line ends:
//
//   *5
//   $4
//   XADD
//   $20
//   kilometric.my-metric
//   $29                               from here
//   1603303544893-140737488355327
//   $5
//   count                             to here the same for a batch
//   $2
//   42
#pragma once

#include <string>
#include <string_view>

#include "common/metric/amount.h"

namespace kilometric {

class EntryCommand {
 public:
  EntryCommand();

  void set_id(std::string_view id);

  /// Valid until the next call.
  std::string_view text(std::string_view key, const Amount& delta);

 private:
  std::string id_and_field_;
  std::string text_;
  size_t start_bytes_;  ///< of it stay
};

}  // namespace kilometric
