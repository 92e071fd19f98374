#include "common/page.h"

#include <span>

#include "common/layout.h"
#include "common/redis.h"

namespace kilometric {
namespace {

using Elements = std::span<redisReply* const>;

std::optional<Elements> elements_of(const redisReply* reply) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return std::nullopt;
  return Elements(reply->element, reply->elements);
}

/// The first field named "count" holds the entry's value.
std::optional<Amount> count_of(const redisReply* fields) {
  const auto pairs = elements_of(fields);
  if (!pairs) return std::nullopt;
  for (size_t i = 0; i + 1 < pairs->size(); i += 2)
    if (text_of((*pairs)[i]) == layout::kCountField) return parse_amount(text_of((*pairs)[i + 1]));
  return std::nullopt;
}

/// What is left of `asked` once `last` has been read.
std::optional<IdRange> rest_after(const StreamId& last, const IdRange& asked) {
  const auto next = next_id(last);
  if (!next || *next > asked.to) return std::nullopt;
  return IdRange{*next, asked.to};
}

}  // namespace

std::optional<Page> parse_page(const redisReply& reply, const IdRange& asked) {
  const auto items = elements_of(&reply);
  if (!items) return std::nullopt;
  Page page;
  page.entries.reserve(items->size());
  StreamId least = asked.from;
  for (const redisReply* item : *items) {
    const auto parts = elements_of(item);
    if (!parts || parts->size() != 2) return std::nullopt;
    const auto id = parse_stream_id(text_of((*parts)[0]));
    // Ever greater IDs are also what makes paging come to an end.
    if (!id || *id < least || *id > asked.to) return std::nullopt;
    least = next_id(*id).value_or(kLastId);
    if (const auto count = count_of((*parts)[1]))
      page.entries.push_back({*id, *count});
    else
      ++page.skipped;
    page.rest = rest_after(*id, asked);
  }
  if (items->size() < kPageEntries) page.rest.reset();
  return page;
}

}  // namespace kilometric
