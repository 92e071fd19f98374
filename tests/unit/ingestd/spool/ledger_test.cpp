#include "ingestd/spool/ledger.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/spool");

TEST_CASE("the oldest pending batch is sent first, and is the only one that may have been tried") {
  Ledger ledger;
  CHECK_FALSE(ledger.oldest_pending());
  CHECK(ledger.untried().empty());
  for (const uint64_t number : {7, 5, 6}) ledger.add_pending(number, 10, 1000 + number);
  CHECK(ledger.oldest_pending() == 5);
  CHECK(ledger.untried() == std::vector<uint64_t>{6, 7});
  CHECK(ledger.pending_bytes() == 30);
  ledger.forget_pending(5);
  CHECK(ledger.pending_bytes() == 20);
  CHECK(ledger.oldest_ms() == 1006);
}

TEST_CASE("a batch may have been sent when it was tried, or is kept") {
  Ledger ledger;
  ledger.add_pending(5, 10, 1005);
  ledger.add_pending(6, 10, 1006);
  ledger.add_kept(4, 10, 1004);
  CHECK(ledger.try_batch(4));
  CHECK_FALSE(ledger.try_batch(5));
  CHECK(ledger.try_batch(5));
  CHECK_FALSE(ledger.try_batch(6));
  ledger.acknowledge(5, 100);
  CHECK(ledger.try_batch(5));
  ledger.forget_kept(5);
  ledger.add_pending(5, 10, 1005);  // what was set aside has another try
  CHECK_FALSE(ledger.try_batch(5));
}

TEST_CASE("what is acknowledged is looked up again until it is settled") {
  Ledger ledger;
  for (const uint64_t number : {1, 2}) ledger.add_pending(number, 10, 1000 + number);
  ledger.acknowledge(1, 100);
  ledger.acknowledge(2, 200);
  CHECK(ledger.pending() == 0);
  CHECK(ledger.to_send() == 0);
  CHECK(ledger.oldest_ms() == 1001);
  ledger.settle_acknowledged_until(100);
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
  CHECK(ledger.oldest_ms() == 1002);
  ledger.look_up_again();
  CHECK(ledger.to_send() == 1);
  CHECK(ledger.next_to_look_up() == 2);
  ledger.settle_acknowledged_until(300);  // not before it was looked up
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
  CHECK(ledger.has(1));
  CHECK(ledger.all() == std::vector<uint64_t>{1, 2});
}

TEST_CASE(
    "of what an earlier process has kept, that with old IDs is settled, and the rest is to be looked up") {
  Ledger ledger;
  ledger.add_kept(1, 10, 1001);
  ledger.add_kept(2, 10, 1002);
  ledger.add_pending(3, 10, 1000);
  ledger.acknowledge(3, 100);
  ledger.settle_kept_before(1002);
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
  CHECK(ledger.next_to_look_up() == 2);
  ledger.set_ms(2, 500);
  CHECK(ledger.oldest_ms() == 500);
  ledger.acknowledge(2, 100);
  ledger.settle_kept_before(1002);  // it is this process that keeps it now
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
}

TEST_CASE("what is kept for longer than it must be goes at the limit, the oldest first") {
  Ledger ledger;
  for (const uint64_t number : {1, 2, 3, 4}) ledger.add_pending(number, 10, 1000 + number);
  for (const uint64_t number : {1, 2, 3}) ledger.acknowledge(number, static_cast<int64_t>(100 * number));
  CHECK(ledger.kept_bytes() == 30);
  CHECK(ledger.settle_above(30, 1000) == 0);
  CHECK(ledger.settle_above(25, 50) == 0);  // all of it must be
  CHECK(ledger.settle_above(25, 1000) == 1);
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
  CHECK(ledger.settle_above(25, 1000) == 0);  // its file goes soon
  CHECK(ledger.settle_above(0, 200) == 1);
  CHECK(ledger.settled() == std::vector<uint64_t>{1, 2});
}

TEST_CASE("what the same run acknowledged for an earlier process is not looked up, until the run changes") {
  Ledger ledger;
  ledger.add_kept(1, 10, 1001);
  ledger.add_kept(2, 10, 2001);
  ledger.take_for_acknowledged(100);
  CHECK_FALSE(ledger.next_to_look_up());
  ledger.settle_kept_before(2000);  // another host may have trimmed it
  CHECK(ledger.settled() == std::vector<uint64_t>{1});
  ledger.look_up_again();
  CHECK(ledger.next_to_look_up() == 2);
  ledger.take_for_acknowledged(100);
  CHECK(ledger.settle_acknowledged_until(99) == 0);
  CHECK(ledger.settle_acknowledged_until(100) == 1);
}
