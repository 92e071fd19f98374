// The series of one metric: asks Redis how far its streams reach, makes a plan, and reads page after
// page of its parts into buckets.
//
//   reach of raw, hour, day; first and last entry -> plan -> page -> buckets -> owner, and again
//
// It pauses after each step until its owner says go_on(), so that no more is read than the client takes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "readerd/query/query.h"
#include "readerd/series/buckets.h"
#include "readerd/series/plan.h"
#include "readerd/store/store.h"

namespace kilometric {

class Series {
 public:
  /// Whoever reads it. It owns the series, and lives as long as a question to Redis is on its way.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual std::shared_ptr<Owner> self() = 0;
    virtual bool wanted() const = 0;  ///< false: nothing is called any more
    virtual void on_known() = 0;      ///< reaches and ends are known
    /// May be empty. After the last ones the series is of no use, and may be destroyed.
    virtual void on_buckets(std::span<const Bucket> buckets, bool last) = 0;
    virtual void on_refusal(const Refusal& refusal) = 0;
  };

  Series(Owner& owner, Store& store, const Query& query, std::string key);

  void start();
  void go_on();

  // Once known:

  uint64_t most_periods() const;  ///< how many there are between its first entry and its last
  uint64_t most_buckets() const;  ///< of these, how many may hold an entry
  /// True when nothing can be added to the range any more.
  bool closed() const { return raw_.length > 0 && query_.to_given && query_.range.to < raw_.last; }
  /// What there was to be read. Streams lose entries at their front.
  std::string fingerprint() const;

 private:
  void ask_stream_info(const std::string& stream, StreamInfo& info, bool optional);
  void ask_end(Tier tier, Order order, std::optional<StreamId>& end);
  void answered(bool optional, const Refusal* refusal);
  void make_parts();
  void on_page(const Result<Page>& result);
  Bucket with_exact_ends(Bucket whole) const;
  std::string stream_of(Tier tier) const;

  Owner& owner_;
  Store& store_;
  const Query& query_;
  const std::string key_;
  int unanswered_ = 0;
  bool refused_ = false;
  StreamInfo raw_, hour_, day_;
  std::optional<StreamId> raw_first_, raw_last_, hour_first_, hour_last_;  ///< within the range
  std::vector<Part> parts_;  ///< still to be read, the next at the end
  Buckets buckets_;
};

}  // namespace kilometric
