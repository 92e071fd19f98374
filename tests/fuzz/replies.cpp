// Replies of any shape, as hiredis reads them from the wire: a page is in order and within the range
// that was asked for, or it is no page. So are the IDs of what is to be trimmed. What an instance tells of
// itself is within its limits. Each slot of a cluster has an owner, or none has.
#include <hiredis/hiredis.h>

#include <cassert>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/redis/failure.h"
#include "common/redis/page.h"
#include "common/redis/redis.h"
#include "common/redis/reply_memory.h"
#include "common/redis/slots.h"
#include "ingestd/tiers/trimmer.h"
#include "readerd/series/buckets.h"
#include "readerd/store/instance_state.h"
#include "readerd/store/stream_info.h"

using namespace kilometric;

namespace {

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

constexpr IdRange kRanges[] = {{}, {{5, 1}, {9, kMostSequence}}, {kLastId, kLastId}};

void check_page(const redisReply& reply, const IdRange& asked) {
  const auto page = parse_page(Kind::counter, reply, asked);
  if (!page) return;
  assert(page->entries.size() + page->skipped == reply.elements);
  StreamId least = asked.from;
  Buckets buckets(Period::seconds(60), Order::ascending);
  Delta sum, in_buckets;
  std::vector<Bucket> ended;
  for (const Entry& entry : page->entries) {
    assert(entry.id >= least && entry.id <= asked.to);
    least = next_id(entry.id).value_or(kLastId);
    sum.then(entry.delta);
    buckets.add(entry.id.ms, Delta(entry.delta), ended);
  }
  for (const Bucket& bucket : ended) in_buckets.then(bucket.delta);
  if (const auto bucket = buckets.finish()) in_buckets.then(bucket->delta);
  assert(sum == in_buckets);
  assert(reply.elements >= kPageEntries || !page->rest);
  if (page->rest) assert(page->rest->from >= least && page->rest->from <= page->rest->to);
}

void check_page_backwards(const redisReply& reply, const IdRange& asked) {
  const auto page = parse_page(Kind::counter, reply, asked, Order::descending);
  if (!page) return;
  for (size_t i = 0; i < page->entries.size(); ++i) {
    assert(page->entries[i].id >= asked.from && page->entries[i].id <= asked.to);
    assert(i == 0 || page->entries[i].id < page->entries[i - 1].id);
  }
  if (page->rest) assert(page->rest->from == asked.from && page->rest->from <= page->rest->to);
}

void check_ids(const redisReply& reply, const StreamId& last) {
  const auto ids = parse_ids(reply, last);
  if (!ids) return;
  assert(ids->size() == reply.elements);
  for (size_t i = 0; i < ids->size(); ++i) assert((*ids)[i] <= last && (i == 0 || (*ids)[i - 1] < (*ids)[i]));
}

/// Elements of the reply, and more of them, are the fields of an instance.
void check_instance(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements == 0) return;
  std::vector<redisReply*> fields(InstanceState::command("1").size() - 2);
  for (size_t i = 0; i < fields.size(); ++i) fields[i] = reply.element[i % reply.elements];
  redisReply whole = reply;
  whole.elements = fields.size();
  whole.element = fields.data();
  const auto state = InstanceState::parse(whole);
  assert(state);
  for (const auto& text : {state->version, state->host, state->busiest})
    assert(!text || (!text->empty() && text->size() <= InstanceState::kMostTextBytes));
  assert(!state->interval || *state->interval > 0);
  assert(!state->lines || state->lines->size() <= InstanceState::kMostOutcomes);
}

/// A cluster's: every slot has an owner, or it is told why not; who we are sent to can be dialled.
void check_slots(const redisReply& reply) {
  const SlotAnswer answer = parse_slots(reply, "asked");
  assert(answer.failure.empty() == (answer.map.owners.size() == kSlots));
  assert(answer.map.primaries.size() <= SlotMap::kMostPrimaries);
  for (const uint16_t owner : answer.map.owners) assert(owner < answer.map.primaries.size());
  for (const RedisUrl::Host& primary : answer.map.primaries) assert(!primary.name.empty() && primary.port != 0);
  if (const auto redirect = parse_redirect(reply, "asked"))
    assert(redirect->slot < kSlots && !redirect->host.name.empty() && redirect->host.port != 0);
}

/// A reply and all within it.
void check_reply(const redisReply* reply) {
  if (reply == nullptr) return;
  const std::string_view text = reply_text(reply);
  assert(is_error(reply, "WRONGTYPE") == (reply->type == REDIS_REPLY_ERROR && text.starts_with("WRONGTYPE") &&
                                          (text.size() == 9 || text[9] == ' ')));
  for (const char* command : {"AUTH", "SELECT", "PING"}) assert(!failure_of(command, text).empty());
  for (const IdRange& range : kRanges) {
    check_page(*reply, range);
    check_page_backwards(*reply, range);
    check_ids(*reply, range.to);
  }
  if (const auto reach = parse_stream_info(*reply)) assert(reach->first <= reach->last);
  check_instance(*reply);
  check_slots(*reply);
  if (reply->type != REDIS_REPLY_ARRAY) return;
  for (size_t i = 0; i < reply->elements; ++i) check_reply(reply->element[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ReplyMemory memory;
  const std::unique_ptr<redisReader, FreeReader> reader(redisReaderCreate());
  memory.serve(*reader);
  redisReaderFeed(reader.get(), reinterpret_cast<const char*>(data), size);
  for (void* raw = nullptr; redisReaderGetReply(reader.get(), &raw) == REDIS_OK && raw != nullptr;) {
    check_reply(static_cast<const redisReply*>(raw));
    memory.clear();
  }
  return 0;
}
