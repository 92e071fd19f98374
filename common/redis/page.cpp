#include "common/redis/page.h"

#include <span>
#include <utility>

#include "common/redis/reply.h"

namespace kilometric {
namespace {

using Elements = std::span<redisReply* const>;

std::optional<Elements> elements_of(const redisReply* reply) {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY) return std::nullopt;
  return Elements(reply->element, reply->elements);
}

/// `fields`: names and values in turn. Of several fields of one name the first one counts.
std::optional<Delta> delta_of(Kind kind, const redisReply* fields) {
  const auto pairs = elements_of(fields);
  if (!pairs) return std::nullopt;
  return Delta::parse(kind, [&](std::string_view name) -> std::optional<std::string_view> {
    for (size_t i = 0; i + 1 < pairs->size(); i += 2)
      if (reply_text((*pairs)[i]) == name) return reply_text((*pairs)[i + 1]);
    return std::nullopt;
  });
}

}  // namespace

std::optional<IdRange> rest_after(const StreamId& last, const IdRange& asked, Order order) {
  const auto next = order == Order::ascending ? next_id(last) : previous_id(last);
  if (!next || *next > asked.to || *next < asked.from) return std::nullopt;
  return order == Order::ascending ? IdRange{*next, asked.to} : IdRange{asked.from, *next};
}

std::optional<Page> parse_page(Kind kind, const redisReply& reply, const IdRange& asked, Order order,
                               size_t count) {
  const auto items = elements_of(&reply);
  if (!items) return std::nullopt;
  Page page;
  page.entries.reserve(items->size());
  page.rest = asked;
  for (const redisReply* item : *items) {
    const auto parts = elements_of(item);
    if (!parts || parts->size() != 2) return std::nullopt;
    const auto id = parse_stream_id(reply_text((*parts)[0]));
    // IDs that go ever further are also what makes paging come to an end.
    if (!id || !page.rest || *id < page.rest->from || *id > page.rest->to) return std::nullopt;
    if (auto delta = delta_of(kind, (*parts)[1]))
      page.entries.push_back({*id, *std::move(delta)});
    else
      ++page.skipped;
    page.last = id;
    page.rest = rest_after(*id, asked, order);
  }
  if (items->size() < count) page.rest.reset();
  return page;
}

std::optional<std::vector<StreamId>> parse_ids(const redisReply& reply, const StreamId& last) {
  const auto items = elements_of(&reply);
  if (!items) return std::nullopt;
  std::vector<StreamId> ids;
  for (const redisReply* item : *items) {
    const auto parts = elements_of(item);
    if (!parts || parts->size() != 2) return std::nullopt;
    const auto id = parse_stream_id(reply_text((*parts)[0]));
    if (!id || *id > last || (!ids.empty() && *id <= ids.back())) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace kilometric
