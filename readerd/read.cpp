#include "readerd/read.h"

#include <chrono>
#include <optional>
#include <utility>

#include "common/layout.h"
#include "readerd/json.h"

namespace kilometric {
namespace {

constexpr std::chrono::seconds kMostTime{30};

std::optional<uint64_t> bucket_width(const Query& query) {
  if (query.type == Query::Type::counter) return std::nullopt;
  return query.period_ms;
}

}  // namespace

Read::Read(Loop& loop, Pages& pages, BucketBudget& budget, Query query, HttpAnswer answer)
    : pages_(pages),
      query_(std::move(query)),
      answer_(std::move(answer)),
      buckets_(bucket_width(query_), budget),
      deadline_(loop, [this] {
        refuse({503, "reading took more than 30 seconds: ask for a shorter range"});
      }) {}

void Read::start() {
  deadline_.start(kMostTime);
  ask(query_.range);
}

void Read::ask(const IdRange& range) {
  pages_.fetch(layout::stream_name(query_.key), range,
               [self = shared_from_this()] { return self->wanted(); },
               [self = shared_from_this()](const Pages::Result& result) { self->on_page(result); });
}

void Read::on_page(const Pages::Result& result) noexcept {
  if (!wanted()) return;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
  const Page& page = std::get<Page>(result);
  if (!add(page)) return;
  if (page.rest) return ask(*page.rest);
  finish();
}

bool Read::add(const Page& page) {
  for (const Entry& entry : page.entries) {
    const auto added = buckets_.add(entry);
    if (added == Buckets::Added::yes) continue;
    if (added == Buckets::Added::too_many)
      refuse({400, "more than 1000000 points: use a longer period or a shorter range"});
    else
      refuse({503, "too many points are being read at once: use a longer period or a shorter range"});
    return false;
  }
  return true;
}

void Read::finish() {
  answered_ = true;
  deadline_.stop();
  answer_.send(200, "application/json", to_json(query_.key, query_.type, buckets_.all()));
}

void Read::refuse(const Refusal& refusal) {
  answered_ = true;
  deadline_.stop();
  send_refusal(answer_, refusal);
}

}  // namespace kilometric
