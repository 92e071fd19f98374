#include "readerd/api/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "readerd/api/etag.h"
#include "readerd/api/kind_header.h"

namespace kilometric {
namespace {

/// The time an answer may take to begin, and then each step that Redis has a part in.
constexpr std::chrono::seconds kMostTime{30};

}  // namespace

Read::Pipeline::Pipeline(const Query& query, bool several, SumBudget& budget, const Settings& settings)
    : output(Output::make(query.format, query.selection.period.is_whole(),
                          several && (!query.sum || !query.by.empty()), query.measure.fields())),
      shape(query.selection, query.shape, *output) {
  if (query.unites()) sum.emplace(budget, query.selection, shape);
  const auto stale_ms = static_cast<uint64_t>(std::chrono::milliseconds(settings.gauge_stale).count());
  if (query.selection.with_before) repeat.emplace(query.selection, stale_ms, summed());
}

Read::Read(Loop& loop, Store& store, KeyIndex& index, SumBudget& budget, const Settings& settings, Query query,
           Client client)
    : store_(store),
      index_(index),
      budget_(budget),
      settings_(settings),
      query_(std::move(query)),
      known_tag_(std::move(client.known_tag)),
      body_(std::move(client.response), client.codings),
      deadline_(loop, [this] {
        refuse({503, "reading took more than 30 seconds: ask for a shorter range or fewer keys"});
      }) {}

void Read::start() {
  deadline_.start(kMostTime);
  look_up_keys(store_, index_, query_.measure.kind, {query_.globs, query_.tags ? &*query_.tags : nullptr},
               kMostKeys, alive(), [self = shared_from_this()](const Result<FoundKeys>& result) {
                 if (!self->wanted()) return;
                 if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
                 self->on_keys(std::get<FoundKeys>(result));
               });
}

Alive Read::alive() {
  return [self = shared_from_this()] { return self->wanted(); };
}

void Read::on_keys(const FoundKeys& found) {
  found_ = found;
  if (!query_.measure.kind && !settle()) return;
  if (query_.by.empty())
    groups_ = {{query_.name, found_.keys.size()}};
  else
    groups_ = make_groups(found_.keys, query_.by, query_.sum ? query_.name : "");
  pipeline_.emplace(query_, !found_.one, budget_, settings_);
  describe();
  pipeline_->output->begin();
  series_.emplace(store_, found_.kind, found_.keys, query_.selection,
                  found_.one ? Ends::asked : Ends::of_the_whole);
  next_group();
}

/// The query left the kind open. False when it asks what that kind does not have.
bool Read::settle() {
  headers_ = kind_header(found_);
  const auto refusal = query_.settle(found_.kind);
  if (refusal) refuse(*refusal);
  return !refusal;
}

void Read::next_group() {
  if (group_ == groups_.size()) return send_rest();
  left_ = groups_[group_].size;
  if (pipeline_->sum) pipeline_->sum->begin_sum(groups_[group_].name);
  ++group_;
  next_series();
}

void Read::next_series() {
  if (left_ == 0) return finish();
  --left_;
  pipeline_->sink().begin(series_->next_key());
  series_->begin_next(alive(), [self = shared_from_this()](const Result<Extents>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->on_extents(std::get<Extents>(result));
  });
}

/// Once the head has gone, nothing can be said in it.
void Read::describe(const std::string& more) {
  if (!body_.begun()) body_.describe(pipeline_->output->content_type(), headers_ + resolution_.line() + more);
}

void Read::on_extents(const Extents& extents) {
  if (const auto refusal = too_much(extents)) return refuse(*refusal);
  given_of_series_ = 0;
  resolution_.add(found_.kind, query_.selection, extents);
  describe();
  if (found_.one && extents.closed(query_.selection)) {
    const std::string tag = etag_of(query_, found_.kind, found_.keys.front(), extents);
    describe("ETag: " + tag + "\r\nCache-Control: no-cache\r\n");
    if (known_tag_.find(tag) != std::string::npos) {
      stop();
      return body_.not_modified();
    }
  }
  read_on();
}

/// Checked before the first value is written: afterwards it would be too late to say so. Of packed hours how
/// many there are is an estimate; should there be more, give() ends the answer.
std::optional<Refusal> Read::too_much(const Extents& extents) const {
  const bool filled = query_.fills();
  const uint64_t most =
      filled ? std::min(settings_.max_points, ShapeOptions::kMostFilled) : settings_.max_points;
  uint64_t points = filled ? extents.most_periods(query_.selection) : extents.most_buckets(query_.selection);
  if (query_.shape.limit != 0) points = std::min(points, query_.shape.limit);
  if (points <= most) return std::nullopt;
  return too_many(most);
}

Refusal Read::too_many(uint64_t most) {
  return {400, fmt::format("more than {} points: use a longer period, a shorter range or a limit", most)};
}

void Read::read_on() {
  series_->next(alive(), [self = shared_from_this()](Result<Series::Piece> result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->on_piece(std::get<Series::Piece>(std::move(result)));
  });
}

void Read::on_piece(Series::Piece piece) {
  piece_ = std::move(piece);
  given_ = 0;
  give();
}

/// Gives the piece to the sink, then goes on to the next piece, or to the next series.
void Read::give() {
  if (body_.begun()) deadline_.start(kMostTime);
  Sink& sink = pipeline_->sink();
  for (; given_ < piece_.buckets.size() && !sink.full(); ++given_, ++given_of_series_) {
    if (given_of_series_ == settings_.max_points) return refuse(too_many(settings_.max_points));
    if (!sink.add(piece_.buckets[given_])) return after_sending(&Read::give);
  }
  if (!piece_.last && !sink.full()) return after_sending(&Read::read_on);
  after_sending(sink.end() ? &Read::next_series : &Read::give);
}

/// Takes the step as soon as the client has taken what there is, when that is much; otherwise now.
void Read::after_sending(Step step) {
  for (const Sink* sink : {&pipeline_->sink(), static_cast<Sink*>(&pipeline_->shape)})
    if (const auto& refusal = sink->refusal()) return refuse(*refusal);
  const bool sent = body_.send_if_long(pipeline_->output->text(), [self = shared_from_this(), step] {
    self->deadline_.start(kMostTime);
    if (self->wanted()) ((*self).*step)();
  });
  if (sent)
    deadline_.stop();  // the connection has a deadline of its own for its client
  else
    (this->*step)();
}

/// Of a group.
void Read::finish() { after_sending(pipeline_->sink().finish() ? &Read::next_group : &Read::finish); }

void Read::send_rest() {
  stop();
  pipeline_->output->end();
  body_.finish(pipeline_->output->text());
}

void Read::refuse(const Refusal& refusal) {
  stop();
  body_.refuse(refusal);
}

void Read::stop() {
  done_ = true;
  deadline_.stop();
}

}  // namespace kilometric
