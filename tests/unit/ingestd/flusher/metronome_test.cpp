#include "ingestd/flusher/metronome.h"

#include <doctest/doctest.h>

#include "common/clock.h"
#include "ingestd/flusher/shift_choice.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

TEST_CASE("one more host takes the middle of the widest gap") {
  CHECK(middle_of_widest_gap({}, 1'234'567) == 234'567);
  CHECK(middle_of_widest_gap({0}, 7) == 500'000);
  CHECK(middle_of_widest_gap({600'000, 0}, 7) == 300'000);
  CHECK(middle_of_widest_gap({0, 250'000, 500'000}, 7) == 750'000);
  CHECK(middle_of_widest_gap({900'000, 100'000, 400'000}, 7) == 650'000);
  CHECK(middle_of_widest_gap({800'000, 600'000}, 7) == 200'000);  // over the end of the interval
  CHECK(middle_of_widest_gap({1'800'000, 1'600'000}, 7) == 200'000);
}

TEST_CASE("shifts are told as parts of an interval") {
  CHECK(shift_text(375'000) == "0.375");
  CHECK(shift_text(1) == "0.000001");
  CHECK(parse_shift("0.375") == 375'000);
  CHECK(parse_shift("0") == 0);
  for (const char* text : {"", "1", "-0.5", "x", "7.5"}) CHECK_FALSE(parse_shift(text));
}

TEST_CASE("the grid follows Redis' clock, shifted, and not its jitter") {
  FlusherStatus status{};
  Metronome metronome(status, 1000);
  RedisClock clock;
  clock.set(1'000'000'000'400);
  metronome.set_shift(250'000);
  metronome.follow(clock);
  const int64_t anchor = metronome.grid().anchor_ms;
  const auto at_end = [&](const RedisClock& of) { return of.at(anchor) % 1000; };
  CHECK(at_end(clock) == 250);
  CHECK(status.grid_ms.load() == anchor);
  CHECK(Metronome(status, 1000).grid().anchor_ms == anchor);  // the next process begins with it
  RedisClock late;
  late.set(clock.now() - 3);
  metronome.follow(late);
  CHECK(metronome.grid().anchor_ms == anchor);
  RedisClock wrong;
  wrong.set(clock.now() + 300);
  metronome.follow(wrong);
  CHECK(metronome.grid().anchor_ms != anchor);
}
