// One `GET /read`: finds the keys, reads the series of each, and writes their values out.
//
//   query -> keys, in groups -> for each: extents -> series -> sum, or shape -> output -> body
//
// It keeps itself alive while a question to Redis is on its way or the client takes a piece of the
// answer, and stops once its client has gone or Redis takes too long. Memory: a page, a piece of the
// answer, a few small pieces of the series that come next, and the keys; when metrics are summed, their
// buckets, which have a limit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/refusal.h"
#include "common/http/server.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/api/resolution_header.h"
#include "readerd/functions/repeat.h"
#include "readerd/functions/shape.h"
#include "readerd/functions/sum.h"
#include "readerd/keys/groups.h"
#include "readerd/keys/key_index.h"
#include "readerd/keys/key_lookup.h"
#include "readerd/output/accept.h"
#include "readerd/output/body.h"
#include "readerd/output/output.h"
#include "readerd/query/query.h"
#include "readerd/series/extents.h"
#include "readerd/series/series.h"
#include "readerd/series/series_queue.h"
#include "readerd/store/store.h"

namespace kilometric {

class Read : public std::enable_shared_from_this<Read> {
 public:
  static constexpr size_t kMostKeys = 10'000;

  struct Client {
    HttpResponse response;
    Codings codings;        ///< that the client takes
    std::string known_tag;  ///< the value of If-None-Match
  };

  /// Requires that all but the last two outlive it.
  Read(Loop& loop, Store& store, KeyIndex& index, SumBudget& budget, const Settings& settings, Query query,
       Client client);

  void start();

 private:
  using Step = void (Read::*)();

  /// What becomes of the buckets of series: values are repeated, if that is asked for, then a sum, if they are
  /// summed, then a shape, then the output.
  struct Pipeline {
    Pipeline(const Query& query, bool several, SumBudget& budget, const Settings& settings);
    Sink& sink() { return repeat ? *repeat : summed(); }
    Sink& summed() { return sum ? static_cast<Sink&>(*sum) : shape; }

    std::unique_ptr<Output> output;
    Shape shape;
    std::optional<Sum> sum;
    std::optional<Repeat> repeat;
  };

  bool wanted() const { return !done_ && body_.wanted(); }
  Alive alive();
  void on_keys(const FoundKeys& found);
  bool settle();
  void next_group();
  void next_series();
  void on_extents(const Extents& extents);
  void read_on();
  void on_piece(Series::Piece piece);
  void give();
  void after_sending(Step step);
  void finish();
  void send_rest();
  void refuse(const Refusal& refusal);
  void stop();

  void describe(const std::string& more = {});
  std::optional<Refusal> too_much(const Extents& extents) const;
  static Refusal too_many(uint64_t most);

  Store& store_;
  KeyIndex& index_;
  SumBudget& budget_;
  const Settings& settings_;
  Query query_;
  const std::string known_tag_;
  Body body_;
  Timer deadline_;
  bool done_ = false;
  FoundKeys found_;
  std::vector<Group> groups_;          ///< of the found keys; each is summed, if anything is
  size_t group_ = 0;                   ///< so many have begun
  size_t left_ = 0;                    ///< keys of the last that have not begun
  std::string headers_;                ///< of the answer, whatever it says
  ResolutionHeader resolution_;        ///< and what it says of the metrics that were looked at
  std::optional<Pipeline> pipeline_;   ///< set once the keys are known
  std::optional<SeriesQueue> series_;  ///< set then, too
  Series::Piece piece_;                ///< its last piece, to be given to the sink
  size_t given_ = 0;                   ///< so many buckets of the piece
  uint64_t given_of_series_ = 0;       ///< and of its series
};

}  // namespace kilometric
