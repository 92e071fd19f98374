#include "ingestd/send/open_batch.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"
#include "tests/unit/ingestd/send/a_batch.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");
using State = OpenBatch::State;

namespace {

const std::string kLateSecondPart = std::to_string(layout::late_second_part(7, 5));

}  // namespace

TEST_CASE("each entry is taken once, in order; what is to do again is taken in the next round") {
  ABatch a({an_entry("a"), an_entry("b"), an_entry("c")});
  OpenBatch open(a.spool.next(), {{Kind::counter, "b", 1000}});
  CHECK(open.take_next() == 0);
  CHECK(open.take_next() == 2);  // "b" was set aside before
  CHECK(open.take_next() == std::nullopt);
  open.set(0, State::todo);
  open.set(2, State::done);
  CHECK(open.all_taken());
  CHECK(open.take_next() == std::nullopt);
  open.go_over_again();
  CHECK(open.take_next() == 0);
  CHECK_FALSE(open.all_done());
  open.set(0, State::done);
  CHECK(open.take_next() == std::nullopt);
  CHECK(open.all_done());
}

TEST_CASE("what lies in slots that are left out is done, and what was excluded stays so") {
  ABatch a({an_entry("a"), an_entry("b"), an_entry("c")});
  OpenBatch open(a.spool.next(), {{Kind::counter, "b", 1000}});
  open.leave_out(SlotSet().set(slot_of(open.stream_of(0))));
  CHECK(open.take_next() == 2);
  CHECK(open.take_next() == std::nullopt);
  open.set(2, State::done);
  CHECK(open.all_done());
}

TEST_CASE("an entry excluded under one ID is not excluded under another") {
  ABatch a({an_entry("a", 999), an_entry("a")});
  OpenBatch open(a.spool.next(), {{Kind::counter, "a", 999}});
  CHECK(open.take_next() == 1);
  CHECK(open.take_next() == std::nullopt);
}

TEST_CASE("an entry with an ms of its own has an ID of the other form, in its command too") {
  ABatch a({an_entry("a"), an_entry("b", 1500), an_entry("c")});
  OpenBatch open(a.spool.next(), {});
  CHECK(open.id_of(0) == "1000-7");
  CHECK(open.id_of(1) == "1500-" + kLateSecondPart);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(open.command_of(i).find("\r\n" + open.id_of(i) + "\r\n") != std::string_view::npos);
    CHECK(open.command_of(i).find("\r\n" + open.stream_of(i) + "\r\n") != std::string_view::npos);
  }
}

TEST_CASE("a new ID is above the stream's top, above the old one, and not before now") {
  ABatch a({an_entry("a"), an_entry("b", 3000), an_entry("c"), an_entry("d")});
  OpenBatch open(a.spool.next(), {});
  while (open.take_next()) {}
  open.set_late(0, 2500);
  open.set_late(1, 0);
  open.set_late(2, 900);
  open.set(3, State::done);
  const auto ms = open.new_ids(2000);
  CHECK(ms == std::map<size_t, uint64_t>{{0, 2501}, {1, 3001}, {2, 2000}});
  open.take_new_ids(a.spool.change_ids(open.batch(), ms));
  CHECK(open.new_ids(2000).empty());
  CHECK(open.take_next() == 0);
  CHECK(open.id_of(0) == "2501-" + kLateSecondPart);
  CHECK(open.command_of(0).find(open.id_of(0)) != std::string_view::npos);
  CHECK(open.take_next() == 1);
  CHECK(open.take_next() == 2);
  CHECK(open.take_next() == std::nullopt);
}

TEST_CASE("what is to be set aside is not done until that has happened") {
  ABatch a({an_entry("a"), an_entry("b")});
  OpenBatch open(a.spool.next(), {});
  while (open.take_next()) {}
  open.set(0, State::done);
  open.set(1, State::no_stream);
  CHECK(open.aside() == std::vector<size_t>{1});
  open.set(0, State::full);
  CHECK(open.aside() == std::vector<size_t>{0, 1});
  CHECK_FALSE(open.all_done());
}

TEST_CASE("events come last, in the order of their numbers, and keep them under a new ID") {
  const std::string first = event_key(3), second = event_key(uint64_t{1} << 63 | 5);
  const auto event = [](std::string_view key, const char* line) {
    return BatchEntry{0, Event{1'603'303'541'000, line}, key};
  };
  ABatch a({event(second, "_sc|up|2"), event(first, "_e{1,1}:a|b"), an_entry("m")});
  OpenBatch open(a.spool.next(), {}, 50);
  REQUIRE(open.size() == 3);
  CHECK(open.id_of(0) == "1000-7");
  CHECK_FALSE(open.is_event(0));
  CHECK((open.is_event(1) && open.stream_of(1) == "kilometric:events" && open.id_of(1) == "1000-3"));
  CHECK(open.id_of(2) == "1000-9223372036854775813");
  CHECK(
      open.command_of(1) ==
      "*12\r\n$4\r\nXADD\r\n$17\r\nkilometric:events\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$2\r\n50\r\n$6\r\n1000-3\r\n"
      "$2\r\nat\r\n$13\r\n1603303541000\r\n$5\r\ntitle\r\n$1\r\na\r\n$4\r\ntext\r\n$1\r\nb\r\n");
  CHECK(open.command_of(2).find("$5\r\ncheck\r\n$2\r\nup\r\n$6\r\nstatus\r\n$1\r\n2\r\n") != std::string::npos);
  const std::string_view metric = open.command_of(0);  // again, as after a lost connection
  CHECK((metric.starts_with("*5\r\n") && metric.find("$6\r\n1000-7\r\n") != metric.npos));
  open.set_late(1, 2000);
  open.take_new_ids(a.spool.change_ids(open.batch(), open.new_ids(1500)));
  CHECK(open.id_of(1) == "2001-3");
}
