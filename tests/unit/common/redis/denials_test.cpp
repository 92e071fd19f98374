#include "common/redis/denials.h"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <initializer_list>
#include <memory>
#include <sstream>
#include <vector>

#include "common/redis/command.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

CommandStart start_of(std::initializer_list<std::string_view> arguments) {
  std::string text;
  append_command(text, std::span(arguments.begin(), arguments.size()));
  return CommandStart(text);
}

/// What is logged while `work` runs.
template <class Work>
std::string logged(Work work) {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
  work();
  spdlog::set_default_logger(before);
  return text.str();
}

redisReply error(std::string& text) {
  redisReply reply{};
  reply.type = REDIS_REPLY_ERROR;
  reply.str = text.data();
  reply.len = text.size();
  return reply;
}

}  // namespace

TEST_CASE("a command is named by its name, and by what it was to be done to") {
  CHECK(start_of({"XADD", "kilometric.a b", "5-1", "count", "1"}).words() == "XADD kilometric.a b");
  CHECK(start_of({"XINFO", "STREAM", "kilometric:hour.a"}).words() == "XINFO STREAM kilometric:hour.a");
  CHECK(start_of({"SCAN", "0", "MATCH", "kilometric.*", "COUNT", "9"}).words() == "SCAN 0 MATCH kilometric.*");
  CHECK(start_of({"INFO"}).words() == "INFO");
  CHECK(start_of({"SET", "another", "5"}).words() == "SET");
}

TEST_CASE("whatever bytes a command has, its words are short and can be printed") {
  CHECK(start_of({"XADD", "kilometric.\x1b\xff", "5-1"}).words() == "XADD kilometric.??");
  CHECK(start_of({"XADD", "kilometric.a\r\nb", "5-1"}).words() == "XADD kilometric.a");
  const std::string words = start_of({"XADD", "kilometric." + std::string(200, 'x'), "5-1"}).words();
  CHECK(words.starts_with("XADD kilometric.xxxxxxxx"));
  CHECK(words.ends_with("x..."));
  CHECK(words.size() < 100);
  for (const std::string_view text : {"", "\r\n", "*1\r\n", "*1\r\n$4", "*1\r\n$4\r\n", "x"})
    CHECK(CommandStart(text).words().empty());
}

TEST_CASE("each command that is denied is told once for each sort of name, other errors are not") {
  std::string denied = "NOPERM no \x1b way", other = "ERR no";
  Denials denials;
  const std::string log = logged([&] {
    denials.note(start_of({"XADD", "kilometric.a", "1-1"}), error(denied));
    denials.note(start_of({"XADD", "kilometric.b", "1-1"}), error(denied));
    denials.note(start_of({"XADD", "kilometric:hour.c", "1-1"}), error(denied));
    denials.note(start_of({"TIME"}), error(denied));
    denials.note(start_of({"HSET", "kilometric:a"}), error(other));
  });
  CHECK(log.find("may not do XADD kilometric.a: NOPERM no ? way") != std::string::npos);
  CHECK(log.find("kilometric.b") == std::string::npos);
  CHECK(log.find("may not do XADD kilometric:hour.c: NOPERM") != std::string::npos);
  CHECK(log.find("may not do TIME: NOPERM") != std::string::npos);
  CHECK(log.find("HSET") == std::string::npos);
}
