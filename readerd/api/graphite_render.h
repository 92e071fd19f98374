// One request to Graphite's /render: its targets are evaluated twice, first to note which series they ask for,
// then with these.
//
//   pulse -> step -> what is asked for -> series -> expressions -> fewer points -> text
//
// It keeps itself alive while it waits for an answer of Redis, or for its client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/http/server.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/graphite/evaluate.h"
#include "readerd/graphite/gather/gathering.h"
#include "readerd/graphite/gather/pulse.h"
#include "readerd/graphite/gather/step.h"
#include "readerd/graphite/render_query.h"
#include "readerd/output/accept.h"
#include "readerd/output/body.h"
#include "readerd/store/store.h"

namespace kilometric {

class GraphiteRender : public std::enable_shared_from_this<GraphiteRender> {
 public:
  /// `now`: seconds since the epoch. Requires that what is before `query` outlives it.
  GraphiteRender(Loop& loop, Store& store, const Settings& settings, graphite::PointsBudget& points,
                 graphite::RenderQuery query, int64_t now, HttpResponse response, const Codings& codings);

  void start();

 private:
  bool wanted() const { return !done_ && body_.wanted(); }
  Alive alive();
  void on_pulse(const graphite::Pulse& pulse);
  std::optional<Refusal> note_wishes(std::vector<graphite::Wish>& wishes);
  void on_gathered(graphite::Gathered gathered);
  void evaluate_targets(graphite::Source& source);
  void on_evaluated();
  void send();
  void refuse(const Refusal& refusal);
  void stop();

  Loop& loop_;
  Store& store_;
  const Settings& settings_;
  const graphite::RenderQuery query_;
  Body body_;
  Timer deadline_;
  bool done_ = false;
  graphite::PointsHeld held_;
  graphite::Budget budget_;
  graphite::AnswerStep step_{};
  graphite::Context context_;
  // Made in the background, and left alone meanwhile:
  std::optional<Refusal> refusal_;
  graphite::SeriesList series_;  ///< of all targets, in their order
  size_t sent_ = 0;              ///< so many of them are in the text, or sent
  std::string text_;
};

}  // namespace kilometric
