#include "ingestd/tiers/tier_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/layout.h"
#include "common/redis/page.h"

namespace kilometric {
namespace {

/// Of the first page: most hours hold no more. It costs little of the rate limit, so that many turns ask at
/// once and their answers come together.
constexpr size_t kFirstEntries = 100;

/// Of a page that was parsed.
std::optional<StreamId> last_id_of(const redisReply& reply) {
  if (reply.elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(reply.element[reply.elements - 1]->element[0]));
}

}  // namespace

TierWriter::TierWriter(RateLimit& rate_limit, FlusherStatus& status, Work work, OnEnd on_end)
    : rate_limit_(rate_limit),
      status_(status),
      work_(std::move(work)),
      on_end_(std::move(on_end)),
      rest_(work_.closed),
      count_(kFirstEntries),
      sums_(work_.step) {}

void TierWriter::ask_before() {
  const auto last = previous_id(work_.closed.from);
  if (!last) return go_on();
  rate_limit_.command({"XREVRANGE", work_.tier, to_text(*last), "-", "COUNT", "1"},
                      [self = shared_from_this(), asked = IdRange{kFirstId, *last}](const redisReply* reply) {
                        self->on_before(asked, reply);
                      });
}

void TierWriter::on_before(const IdRange& asked, const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return on_end_(failure, top_);
  const std::optional<Page> page = parse_page(work_.kind, *reply, asked, Order::descending, 1);
  if (!page) return on_end_(unexpected_answer(), top_);
  if (!page->entries.empty()) sums_.build_on(page->entries.front().delta);
  go_on();
}

void TierWriter::go_on() {
  if (!sums_.ready().empty()) return write_first();
  if (rest_) return read_page();
  on_end_(std::nullopt, top_);
}

void TierWriter::read_page() {
  rate_limit_.command(
      {"XRANGE", work_.source, to_text(rest_->from), to_text(rest_->to), "COUNT", std::to_string(count_)},
      [self = shared_from_this()](const redisReply* reply) { self->on_page(reply); }, count_);
}

void TierWriter::on_page(const redisReply* reply) {
  if (const auto failure = failure_unless(REDIS_REPLY_ARRAY, reply)) return on_end_(failure, top_);
  std::optional<Page> page = parse_page(work_.kind, *reply, *rest_, Order::ascending, count_);
  if (!page) return on_end_(unexpected_answer(), top_);
  rate_limit_.give_back(count_ - std::min(count_, reply->elements));
  count_ = kPageEntries;
  rest_ = page->rest;
  sums_.add(*std::move(page));
  if (const auto last = last_id_of(*reply)) sums_.close_before(last->ms);
  go_on();
}

void TierWriter::write_first() {
  const ClosedSum& first = sums_.ready().front();
  const std::string id = to_text(tier_id(first.start));
  std::vector<std::pair<std::string_view, std::string>> fields;
  first.sum.fields(
      [&](std::string_view name, std::string text) { fields.emplace_back(name, std::move(text)); });
  std::vector<std::string_view> arguments{"XADD", work_.tier};
  arguments.reserve(4 + 2 * fields.size());
  if (rate_limit_.modern() && (work_.tier_exists || top_)) arguments.emplace_back("NOMKSTREAM");
  arguments.emplace_back(id);
  for (const auto& [name, text] : fields) arguments.insert(arguments.end(), {name, text});
  rate_limit_.command(arguments,
                      [self = shared_from_this()](const redisReply* reply) { self->on_written(reply); });
}

void TierWriter::on_written(const redisReply* reply) {
  const bool refused = is_id_too_small(reply);
  if (is_unknown_word(reply) && rate_limit_.modern()) {
    rate_limit_.set_modern(false);
    return write_first();
  }
  if (reply && reply->type == REDIS_REPLY_NIL)
    return on_end_(Failure{Failure::Why::other, "a tier was deleted while it was filled"}, top_);
  const auto failure = failure_unless(REDIS_REPLY_STRING, reply);
  if (failure && !refused) return on_end_(failure, top_);
  if (!refused) status_.tier_entries_written.fetch_add(1, std::memory_order_relaxed);
  top_ = sums_.ready().front().start;
  sums_.ready().pop_front();
  go_on();
}

}  // namespace kilometric
