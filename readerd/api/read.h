// One `GET /read`: finds the keys, reads the series of each, and writes their values out.
//
//   query -> names -> for each: series -> values -> output -> body
//
// It keeps itself alive while a question to Redis is on its way or the client takes a piece of the
// answer, and stops once its client has gone or Redis takes too long. Memory: a page, a piece of the
// answer, and the names; when metrics are summed, their buckets, which have a limit.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "common/uv.h"
#include "readerd/functions/shape.h"
#include "readerd/keys/key_lookup.h"
#include "readerd/output/body.h"
#include "readerd/output/output.h"
#include "readerd/query/query.h"
#include "readerd/series/series.h"
#include "readerd/store/store.h"

namespace kilometric {

class Read : public Series::Owner, public std::enable_shared_from_this<Read> {
 public:
  static constexpr size_t kMostKeys = 10'000;
  static constexpr size_t kMostSummed = 100'000;  ///< buckets, when metrics are summed

  /// How many more buckets may be held for sums, by all requests together: some 90 MB.
  struct SumBudget {
    size_t left = 1'000'000;
  };

  struct Client {
    HttpResponse response;
    bool gzip;              ///< it takes compressed answers
    std::string known_tag;  ///< its If-None-Match
  };

  Read(Loop& loop, Store& store, SumBudget& budget, uint64_t most_points, Query query, Client client);
  ~Read() override;

  void start();

 private:
  std::shared_ptr<Series::Owner> self() override { return shared_from_this(); }
  bool wanted() const override { return !done_ && body_.wanted(); }
  void on_known() override;
  void on_buckets(std::span<const Bucket> buckets, bool last) override;
  void on_refusal(const Refusal& refusal) override;

  void on_names(const KeyLookup::Found& found);
  void next_series();
  void go_on_with(void (*step)(Read& read));
  std::optional<Refusal> too_much() const;
  std::string tag() const;
  bool collecting() const { return query_.sum && !sum_taken_; }  ///< the buckets go into the sum first
  void write_buckets();
  std::optional<Refusal> add_to_sum(const Bucket& bucket);
  bool sum_can_be_filled() const;
  void take_sum();
  void finish();

  Store& store_;
  SumBudget& budget_;
  const uint64_t most_points_;
  const Query query_;
  const std::string known_tag_;
  Body body_;
  std::unique_ptr<Output> output_;
  std::optional<Shape> shape_;
  KeyLookup::Found lookup_;
  size_t next_name_ = 0;
  std::optional<Series> series_;
  std::vector<Bucket> buckets_;  ///< to be written, from next_bucket_ on
  size_t next_bucket_ = 0;
  bool last_buckets_ = false;       ///< of the series, or of the sum
  std::map<uint64_t, Bucket> sum_;  ///< by start
  bool sum_taken_ = false;
  Timer deadline_;
  bool done_ = false;
};

}  // namespace kilometric
