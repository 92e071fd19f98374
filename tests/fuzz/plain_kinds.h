// What batches of every kind are made of, and what their streams have to hold in the end, by a model that knows
// whole numbers alone. Each batch gives each metric something that no other batch gives, so that one that is
// missing or there twice shows, whether its entry came alone or added to that of another batch:
//
//   counters    count by a weight that is greater than what smaller ones come to when they are repeated
//   gauges      one is only set, one only added to, and one is added to, set by batch 2, and added to
//   timers      a value of the batch's own, and one that all batches have
//   sets        members of the batch's own
//   events      some of the batch's own
//
// Used by the sender's target, for each input anew.
#pragma once

#include <cstdint>

#include "ingestd/spool/batch_writer.h"
#include "tests/fuzz/fake_redis.h"

namespace kilometric {

/// The entries of batch `number`, which sets and adds at `ms`.
void write_entries(BatchWriter& writer, uint64_t number, uint64_t ms);

/// Asserts that the batches 1 to `batches` are in the streams, each exactly once, and the keys in their
/// indexes.
/// `most_events`: that their stream keeps; those that it dropped were there once.
void check_streams(const FakeRedis& redis, uint64_t batches, uint64_t most_events);

}  // namespace kilometric
