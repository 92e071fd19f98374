#include "ingestd/send/entry_command.h"

#include <doctest/doctest.h>
#include <hiredis/hiredis.h>

#include <string>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

namespace {

/// What hiredis makes of the same arguments.
std::string by_hiredis(const std::string& key, const std::string& id, const std::string& count) {
  const std::string stream = layout::stream_name(Kind::counter, key);
  const char* arguments[] = {"XADD", stream.data(), id.data(), "count", count.data()};
  const size_t lengths[] = {4, stream.size(), id.size(), 5, count.size()};
  char* text = nullptr;
  const long long bytes = redisFormatCommandArgv(&text, 5, arguments, lengths);
  const std::string command(text, static_cast<size_t>(bytes));
  redisFreeCommand(text);
  return command;
}

Delta counter(int64_t whole, int64_t millionths = 0) { return Counter{{whole, millionths}}; }

}  // namespace

TEST_CASE("the command is the one that hiredis would write") {
  EntryCommand command;
  command.set_id("1603303544893-140737488355327");
  CHECK(command.text("my-metric", counter(42)) ==
        by_hiredis("my-metric", "1603303544893-140737488355327", "42"));
  CHECK(command.text("a\nb c", counter(-2, -500'000)) ==
        by_hiredis("a\nb c", "1603303544893-140737488355327", "-2.5"));
  const std::string longest(255, 'k');
  CHECK(command.text(longest, counter(INT64_MIN)) ==
        by_hiredis(longest, "1603303544893-140737488355327", "-9223372036854775808"));
  command.set_id("1-1");
  CHECK(command.text("", counter(0)) == by_hiredis("", "1-1", "0"));
}
