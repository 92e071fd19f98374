#include "readerd/api/graphite_render.h"

#include <chrono>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "readerd/graphite/consolidation.h"
#include "readerd/graphite/gather/step.h"
#include "readerd/graphite/render_text.h"

namespace kilometric {
namespace {

using namespace graphite;

/// The time an answer may take to begin, and then each step that Redis has a part in.
constexpr std::chrono::seconds kMostTime{30};

/// Has nothing, and notes what it is asked for.
class Notes : public Source {
 public:
  SeriesList series(std::string_view path, int64_t from, int64_t until) override {
    wishes_.insert({std::string(path), from, until});
    return {};
  }
  std::vector<Wish> wishes() const { return {wishes_.begin(), wishes_.end()}; }

 private:
  std::set<Wish> wishes_;
};

class Shelf : public Source {
 public:
  explicit Shelf(Gathered gathered) : gathered_(std::move(gathered)) {}

  SeriesList series(std::string_view path, int64_t from, int64_t until) override {
    const auto found = gathered_.find({std::string(path), from, until});
    return found == gathered_.end() ? SeriesList() : found->second;
  }

 private:
  const Gathered gathered_;
};

}  // namespace

GraphiteRender::GraphiteRender(Loop& loop, Store& store, const Settings& settings, PointsBudget& points,
                               RenderQuery query, int64_t now, HttpResponse response, const Codings& codings)
    : loop_(loop),
      store_(store),
      settings_(settings),
      query_(std::move(query)),
      body_(std::move(response), codings),
      deadline_(loop,
                [this] {
                  refuse({503, "reading took more than 30 seconds: ask for a shorter range or fewer targets"});
                }),
      held_(points) {
  context_.from = query_.from;
  context_.until = query_.until;
  context_.now = now;
  context_.budget = &budget_;
}

void GraphiteRender::start() {
  deadline_.start(kMostTime);
  ask_pulse(store_, alive(), [self = shared_from_this()](const Result<Pulse>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->on_pulse(std::get<Pulse>(result));
  });
}

Alive GraphiteRender::alive() {
  return [self = shared_from_this()] { return self->wanted(); };
}

void GraphiteRender::on_pulse(const Pulse& pulse) {
  step_ = step_of(query_, pulse);
  context_.step = step_.seconds;
  std::vector<Wish> wishes;
  if (const auto refusal = note_wishes(wishes)) return refuse(*refusal);
  const auto on_end = [self = shared_from_this()](Result<Gathered> result) {
    if (!self->wanted()) return;
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->on_gathered(std::get<Gathered>(std::move(result)));
  };
  std::make_shared<Gathering>(loop_, store_, settings_, held_, std::move(wishes), context_.step, pulse, alive(),
                              on_end)
      ->start();
}

std::optional<Refusal> GraphiteRender::note_wishes(std::vector<Wish>& wishes) {
  Notes notes;
  Budget budget;
  Context context = context_;
  context.budget = &budget;
  for (const Expression& target : query_.targets) {
    const auto noted = evaluate(target, context, notes);
    if (const auto* refusal = std::get_if<Refusal>(&noted)) return *refusal;
  }
  wishes = notes.wishes();
  return std::nullopt;
}

/// Millions of points take a while: others are served meanwhile.
void GraphiteRender::on_gathered(Gathered gathered) {
  const auto self = shared_from_this();
  in_background(
      loop_, [self, shelf = std::make_shared<Shelf>(std::move(gathered))] { self->evaluate_targets(*shelf); },
      [self] {
        if (self->wanted()) self->on_evaluated();
      });
}

void GraphiteRender::evaluate_targets(Source& source) {
  for (const Expression& target : query_.targets) {
    auto list = evaluate(target, context_, source);
    if (const auto* refusal = std::get_if<Refusal>(&list)) {
      refusal_ = *refusal;
      return;
    }
    for (TimeSeries& series : std::get<SeriesList>(list)) {
      if (!step_.fits) consolidate(series, query_.most_points);
      series_.push_back(std::move(series));
    }
  }
}

void GraphiteRender::on_evaluated() {
  if (refusal_) return refuse(*refusal_);
  body_.describe(content_type_of(query_.format), "");
  text_ = head_of(query_.format);
  send();
}

/// Series after series, each piece when the client has taken the one before.
void GraphiteRender::send() {
  while (sent_ < series_.size()) {
    append_series(text_, series_[sent_], query_, sent_ == 0);
    series_[sent_++] = {};
    const bool sent = body_.send_if_long(text_, [self = shared_from_this()] {
      if (self->wanted()) self->send();
    });
    if (sent) return deadline_.stop();  // the connection has a deadline of its own for its client
  }
  stop();
  text_ += tail_of(query_.format);
  body_.finish(text_);
}

void GraphiteRender::refuse(const Refusal& refusal) {
  stop();
  body_.refuse(refusal);
}

void GraphiteRender::stop() {
  done_ = true;
  deadline_.stop();
}

}  // namespace kilometric
