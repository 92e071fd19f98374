#include "readerd/functions/repeat.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/metric/fixed.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/functions");

namespace {

/// Takes what comes as "from:last/mean", blank between; now and then it must be asked twice.
class Taker : public Sink {
 public:
  void begin(std::string_view) override {}
  bool add(const Bucket& bucket) override {
    if (++asked_ % 3 == 0) return false;
    text_ += (text_.empty() ? "" : " ") + std::to_string(bucket.from) + ":" + number({Stat::Of::last}, bucket);
    if (number({Stat::Of::mean}, bucket) != number({Stat::Of::last}, bucket))
      text_ += "/" + number({Stat::Of::mean}, bucket);
    ++taken_;
    return true;
  }
  bool end() override { return ++asked_ % 3 != 0; }
  bool finish() override { return true; }
  bool full() const override { return taken_ == most; }

  const std::string& text() const { return text_; }
  int most = 1'000;

 private:
  static std::string number(const Stat& stat, const Bucket& bucket) {
    return to_text(bucket.delta.stat(stat).value());
  }

  int asked_ = 0, taken_ = 0;
  std::string text_;
};

/// A bucket whose value was set twice, at last to `value`.
Bucket bucket_of(uint64_t from, uint64_t to, int64_t value) {
  Gauge gauge;
  gauge.apply({Fixed::whole(value - 2), false}, 1);
  gauge.apply({Fixed::whole(value), false}, 2);
  return {from, to, gauge};
}

struct Wish {
  Selection selection;
  uint64_t most_ms = 30'000;
  int limit = 1'000;

  Wish() { selection.period = Period::seconds(10); }
  Wish from(uint64_t ms) const {
    Wish wish = *this;
    wish.selection.range.from = {ms, 0};
    wish.selection.from_given = true;
    return wish;
  }
  Wish to(uint64_t ms) const {
    Wish wish = *this;
    wish.selection.range.to = {ms, kMostSequence};
    wish.selection.to_given = true;
    return wish;
  }
};

/// What comes out of `buckets`, which are in the order of time.
std::string repeated(Wish wish, std::vector<Bucket> buckets, Order order = Order::ascending) {
  wish.selection.order = order;
  if (order == Order::descending) std::ranges::reverse(buckets);
  Taker taker;
  taker.most = wish.limit;
  Repeat repeat(wish.selection, wish.most_ms, taker);
  repeat.begin("g");
  for (const Bucket& bucket : buckets)
    while (!taker.full() && !repeat.add(bucket)) continue;
  while (!repeat.end()) continue;
  return taker.text();
}

}  // namespace

TEST_CASE("a value is repeated until it is old, or another comes") {
  const std::vector<Bucket> buckets{bucket_of(10'000, 13'000, 5), bucket_of(30'000, 31'000, 6),
                                    bucket_of(90'000, 90'000, 7)};
  CHECK(repeated({}, buckets) == "10000:5/4 20000:5 30000:6/5 40000:6 50000:6 60000:6 90000:7/6");
  CHECK(repeated({}, buckets, Order::descending) ==
        "90000:7/6 60000:6 50000:6 40000:6 30000:6/5 20000:5 10000:5/4");
}

TEST_CASE("never is never") {
  Wish wish;
  wish.most_ms = 0;
  const std::vector<Bucket> buckets{bucket_of(10'000, 10'000, 5), bucket_of(60'000, 60'000, 6)};
  CHECK(repeated(wish, buckets) == "10000:5/4 20000:5 30000:5 40000:5 50000:5 60000:6/5");
  CHECK(repeated(wish, buckets, Order::descending) == "60000:6/5 50000:5 40000:5 30000:5 20000:5 10000:5/4");
}

TEST_CASE("periods go to the end that was given") {
  const std::vector<Bucket> buckets{bucket_of(10'000, 10'000, 5)};
  CHECK(repeated(Wish().from(0).to(39'999), buckets) == "10000:5/4 20000:5 30000:5");
  CHECK(repeated(Wish().from(0).to(95'000), buckets) == "10000:5/4 20000:5 30000:5 40000:5");
  CHECK(repeated(Wish().to(30'000), buckets, Order::descending) == "30000:5 20000:5 10000:5/4");
  CHECK(repeated(Wish().to(95'000), buckets, Order::descending) == "40000:5 30000:5 20000:5 10000:5/4");
  CHECK(repeated({}, buckets) == "10000:5/4");
}

TEST_CASE("what stands before the range is repeated in it, and is not in it") {
  for (const auto& [before, expected] :
       {std::pair(bucket_of(10'000, 19'000, 3), "30000:3 40000:3 50000:6/5"),
        std::pair(bucket_of(0, 9'000, 3), "30000:3 50000:6/5"),
        std::pair(bucket_of(30'000, 33'000, 3), "30000:3 40000:3 50000:6/5")}) {
    const std::vector<Bucket> buckets{before, bucket_of(50'000, 50'000, 6)};
    CHECK(repeated(Wish().from(35'000), buckets) == expected);
  }
  const std::vector<Bucket> buckets{bucket_of(10'000, 19'000, 3), bucket_of(50'000, 50'000, 6)};
  CHECK(repeated(Wish().from(35'000), buckets, Order::descending) == "50000:6/5 40000:3 30000:3");
  CHECK(repeated(Wish().from(35'000).to(47'000), {buckets[0]}) == "30000:3 40000:3");
  CHECK(repeated(Wish().from(35'000).to(47'000), {buckets[0]}, Order::descending) == "40000:3 30000:3");
}

TEST_CASE("nothing is repeated once the next one is full") {
  Wish wish = Wish().to(kMostMs);
  wish.most_ms = 0;
  wish.limit = 3;
  CHECK(repeated(wish, {bucket_of(10'000, 10'000, 5)}) == "10000:5/4 20000:5 30000:5");
}

TEST_CASE("periods at both ends of time") {
  const uint64_t last = Period::seconds(10).start_of(kMostMs);
  CHECK(repeated(Wish().from(1).to(kMostMs), {bucket_of(last, last, 5)}) == std::to_string(last) + ":5/4");
  CHECK(repeated(Wish().to(5'000), {bucket_of(0, 0, 5)}, Order::descending) == "0:5/4");
}
