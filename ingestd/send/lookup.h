// The look-up of an entry whose ID Redis refused: did it arrive before, or can it never?
//
//   XRANGE <stream> ID ID    it is there: an earlier try got through, and its answer was lost. If there was no
//                            earlier try, it is the entry of another installation that has our number
//   XINFO STREAM <stream>    it is not: what stands at the stream's top came in before it. Somebody may have
//                            given that an ID past all times, and then no entry can follow it
//
// An entry that was sent before, is not there, and may have been trimmed since, is doubtful: whether it was
// counted is not known any more. That is so when it is older than any retention, its stream begins behind it,
// and nobody was told all the time not to trim it:
//
//   HGET kilometric:instance.<number> oldest   none, as the hash ends after a week without a flush; or a later
//                                              one. It was told before the entry was first sent, as it is told
//                                              only when nothing waits, see ingestd/flusher/registration.h
//
// The stream of events keeps so many of the newest and drops what is older. So an event that was sent before,
// and whose ID is below all that such a full stream holds, was there, or would be gone by now: it is not sent
// again.
//
// Called by the sender, which counts a look-up as one command on its way.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/redis/redis.h"

namespace kilometric {

struct Lookup {
  enum class Outcome : uint8_t {
    there,     ///< under this ID, or it was dropped since
    too_late,  ///< the stream is past this ID: it needs one above `top_ms`
    full,      ///< the stream is past every ID that is a time: none above its top would do
    doubtful,  ///< it may have been there, and trimmed since
    unknown,   ///< `reply` is an error, or nullptr for a lost connection
  };

  Outcome outcome;
  uint64_t top_ms = 0;
  bool taken = false;                 ///< too late or full: another installation has used this very ID
  const redisReply* reply = nullptr;  ///< it lives until the callback returns
};

using OnLookedUp = std::function<void(const Lookup& lookup)>;

/// Whether the entry may have been sent before.
enum class Tried : uint8_t { never, maybe };

struct Sought {
  std::string stream;
  std::string id;
  Tried tried;
  uint64_t most = 0;   ///< entries that the stream keeps; 0: all
  std::string record;  ///< the hash of the instance that held it against trimming; empty: it cannot be doubtful
};

void look_up(Redis& redis, const Sought& sought, OnLookedUp on_end);

}  // namespace kilometric
