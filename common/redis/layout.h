// What lies in Redis: the contract between ingestd, which writes it, and readerd, which reads it.
//
//   kilometric.<key>              stream  the raw counts: one entry per metric and interval, field "count"
//   kilometric:hour.<key>         stream  a tier: one entry per closed UTC hour that holds something; its
//   kilometric:day.<key>          stream  ID is the hour's (day's) start, `<ms>-0`; field "count"
//   kilometric:points.<key>       stream  one entry per closed UTC hour that holds something: all that it
//   holds,
//                                         packed; ID as the hour's; field "points", see common/metric/points.h
//   kilometric:copy.<key>         stream  only for as long as a script of the tiers takes, see
//                                         ingestd/tiers/key_turn.h
//   kilometric:keys               zset    the index of keys, every score 0
//   kilometric:gauge.<key>        stream  the same of gauges, fields as in common/metric/gauge.h, with
//                                         kilometric:gauge:hour.<key>, :day, :points and kilometric:gauge:keys
//   kilometric:set.<key>          stream  the same of sets, with tiers kilometric:set:hour.<key> and
//                                         kilometric:set:day.<key> and an index kilometric:set:keys; fields
//                                         "count" and "set", see common/metric/set.h
//   kilometric:events             stream  events and service checks, one entry for each; fields as in
//                                         common/metric/event_line.h, and "at"
//   kilometric:scanned            string  the store was searched for streams that the index lacked; when, in ms
//   kilometric:instances          zset    instance -> time of its last flush, ms since the epoch; both end a
//                                         week after it
//   kilometric:instance.<id>      hash    version, host, interval (seconds), shift (of its interval: 0.375),
//                                         oldest (in ms: what the instance may yet look up is not older, so
//                                         nobody trims it; it never gets less), and how it fares: see below
//
// The index of keys has one command for each who uses it; as every score is 0, members stand in the order of
// their bytes. A key is in the index when its raw stream may hold entries:
//   ZADD         the sender, behind a batch's entries; the tiers for streams that the index lacks
//   ZCARD        the tiers: whether there are new keys
//   ZRANGEBYLEX  the tiers' pass, and readerd
//   ZREM         the tiers, of a key whose streams are empty; readerd, of one that is deleted
//
// In a cluster a tier lies in the slot of its raw stream, so that no node forgets the entries of another's
// sums: `kilometric:hour.{<number>}<key>`, with the least number that has the raw stream's slot, and so for the
// others.
//
// Names with "kilometric:" cannot collide with a metric's, which begin with "kilometric.".
//
// An entry of ours, as XRANGE shows it:    "1603303544893-140737488355327"  ["count", "42"]
//   1603303544893     the end of its interval, ms since the epoch by Redis' own clock
//   140737488355327   the instance that wrote it: 1 to 2^48-1, the same for all its entries. Larger
//                     when the entry got a second ID, because another writer was ahead of its first
//   42                what was counted since the last entry: decimal, may be negative ("-7") or have
//                     up to six decimals ("2.5")
// An entry of the original's:              "1603303544893-0"                ["count", "42"]
// An entry of a tier:                      "1603303200000-0"                ["count", "42"]
//   A tier has no hole: when its last entry is hour H, every hour up to H that holds something is in it,
//   complete, also with a sum of 0. (The hour at the epoch has "0-1", as no stream takes "0-0".)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/metric/kind.h"

namespace kilometric::layout {

inline constexpr std::string_view kEvents = "kilometric:events";
inline constexpr std::string_view kScanned = "kilometric:scanned";
inline constexpr std::string_view kInstances = "kilometric:instances";
inline constexpr std::string_view kInstancePrefix = "kilometric:instance.";
inline constexpr std::string_view kShiftField = "shift";
inline constexpr std::string_view kOldestField = "oldest";

// How an instance fares. Those of earlier versions have some of these only.
inline constexpr std::string_view kVersionField = "version";
inline constexpr std::string_view kHostField = "host";
inline constexpr std::string_view kIntervalField = "interval";
inline constexpr std::string_view kToldField = "told";        ///< when all of this was told, in ms
inline constexpr std::string_view kStartedField = "started";  ///< when the flusher was, in ms
inline constexpr std::string_view kPendingField = "pending";  ///< batches that Redis has not acknowledged
inline constexpr std::string_view kSpoolField = "spool";      ///< their bytes
inline constexpr std::string_view kDropsField = "drops";      ///< datagrams that the kernel has dropped
inline constexpr std::string_view kLinesField =
    "lines";  ///< of each outcome so many: "accepted 42 bad_value 1"
inline constexpr std::string_view kAppendOnlyField = "append_only";  ///< 0: Redis keeps no append-only file
inline constexpr std::string_view kBusiestField = "busiest";    ///< the counter that counted most in a flush
inline constexpr std::string_view kRejectedField = "rejected";  ///< see ingestd/status/rejected_text.h

/// What Redis knows of an instance is gone when it has not flushed for so long.
inline constexpr uint64_t kInstanceSeconds = 7 * 86'400;

inline constexpr uint64_t kHourMs = 3'600'000;
inline constexpr uint64_t kDayMs = 24 * kHourMs;

/// Nobody trims what is younger: no retention is less than twice that.
inline constexpr uint64_t kNeverTrimmedMs = kHourMs;

/// An instance that has not flushed for this many of its intervals is not healthy.
inline constexpr int kHealthyIntervals = 10;

/// The second half of an ID given because the first ID came too late: no ID of the usual form, and
/// no ID that another of the last 32,767 batches has given, is equal to it.
constexpr uint64_t late_second_part(uint64_t instance, uint64_t batch_number) {
  return instance + ((batch_number % 32'767 + 1) << 48);
}

inline std::string name_of(std::string_view prefix, std::string_view rest) {
  std::string name;
  name.reserve(prefix.size() + rest.size());
  return name.append(prefix).append(rest);
}

// The names of a metric's streams, as its kind has them. All events have one.
inline std::string stream_name(Kind kind, std::string_view key) {
  return kind == Kind::event ? std::string(kEvents) : name_of(text_of(kind).stream_prefix, key);
}
/// `in_cluster`: beside the raw stream.
std::string tier_name(std::string_view prefix, Kind kind, std::string_view key, bool in_cluster);
inline std::string points_name(Kind kind, std::string_view key, bool in_cluster = false) {
  return tier_name(text_of(kind).points_prefix, kind, key, in_cluster);
}
inline std::string hour_name(Kind kind, std::string_view key, bool in_cluster = false) {
  return tier_name(text_of(kind).hour_prefix, kind, key, in_cluster);
}
inline std::string day_name(Kind kind, std::string_view key, bool in_cluster = false) {
  return tier_name(text_of(kind).day_prefix, kind, key, in_cluster);
}

/// Of a stream that is being copied.
inline std::string copy_name(Kind kind, std::string_view key, bool in_cluster) {
  return tier_name("kilometric:copy.", kind, key, in_cluster);
}

inline std::string instance_name(std::string_view id) { return name_of(kInstancePrefix, id); }

}  // namespace kilometric::layout
