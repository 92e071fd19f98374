#include "ingestd/parse/statsd.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/metric/amount.h"
#include "common/metric/member_token.h"
#include "ingestd/parse/line_reader.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/parse");

namespace {

struct MustParse {
  const char* line;
  const char* key;
  int64_t whole;
  int64_t millionths;
};

struct MustNotParse {
  std::string line;
  Outcome outcome;
};

/// A reader must find what parse_line does, whatever stands around the line.
void check_reader(const std::string& line) {
  const Line expected = parse_line(line);
  for (const char* end : {"", "\n", "\r\n", "\r", "\nb:2|c\n", "\r\nthe.next.line.is.longer:2|c"}) {
    CAPTURE(end);
    const std::string text = "before:1|c\n" + line + end;
    const size_t newline = text.find('\n', 11);
    Line read;
    LineReader reader(text, 11);
    REQUIRE(reader.read(read));
    CHECK(reader.at() == (newline == std::string::npos ? text.size() : newline + 1));
    CHECK(text_of(read.outcome).name == text_of(expected.outcome).name);
    if (expected.outcome != Outcome::accepted) continue;
    CHECK(read.key == expected.key);
    CHECK(read.amount == expected.amount);
    CHECK(read.kind == expected.kind);
    CHECK(read.several == expected.several);
    if (read.kind == Kind::counter) continue;
    CHECK(read.number == expected.number);
    CHECK(read.exact == expected.exact);
    CHECK(read.bits == expected.bits);
  }
}

}  // namespace

TEST_CASE("lines that must parse") {
  const MustParse table[] = {
      {"a:1|c", "a", 1, 0},
      {"my-metric:10|c", "my-metric", 10, 0},
      {"a:0|c", "a", 0, 0},
      {"a:-5|c", "a", -5, 0},
      {"a:+5|c", "a", 5, 0},
      {"a:2.5|c", "a", 2, 500'000},
      {"a:.5|c", "a", 0, 500'000},
      {"a:5.|c", "a", 5, 0},
      {"a:-0.25|c", "a", 0, -250'000},
      {"a:0.0000001|c", "a", 0, 0},
      {"a:1e3|c", "a", 1000, 0},
      {"a:1E-1|c", "a", 0, 100'000},
      {"a:9007199254740992|c", "a", int64_t{1} << 53, 0},
      {"a:-9007199254740992|c", "a", -(int64_t{1} << 53), 0},
      {"a:9007199254740991.123|c", "a", (int64_t{1} << 53) - 1, 123'000},
      {"a:123456789.1234567|c", "a", 123'456'789, 123'457},
      {"a:00000000000000000000000000012|c", "a", 12, 0},
      // rates
      {"a:1|c|@0.1", "a", 10, 0},
      {"a:1|c|@1", "a", 1, 0},
      {"a:1|c|@1.00", "a", 1, 0},
      {"a:1|c|@1.000000000000", "a", 1, 0},
      {"a:1|c|@1e-1", "a", 10, 0},
      {"a:3|c|@0.3333333333333333", "a", 9, 0},
      {"a:1|c|@0.3", "a", 3, 333'333},
      {"a:-1|c|@0.25", "a", -4, 0},
      {"a:7|c|@0.01", "a", 700, 0},
      {"a:0|c|@0.5", "a", 0, 0},
      // several samples
      {"a:1|c:2|c|@0.1", "a", 21, 0},
      {"a:1:2:3|c", "a", 6, 0},
      {"a:1:2|c|@0.5", "a", 6, 0},
      {"a:1|c|@0.5:1|c", "a", 3, 0},
      // sections nobody knows
      {"a:1|c|#env:prod,host:b", "a", 1, 0},
      {"a:1|c|#env:prod|@0.5", "a", 2, 0},
      {"a:1|c|T1656581400", "a", 1, 0},
      {"a:1|c|c:83c0a99c0a54", "a", 1, 0},
      {"a:1|c|", "a", 1, 0},
      // keys without what stands around them
      {" a:1|c", "a", 1, 0},
      {"a :1|c", "a", 1, 0},
      {" \t a b \t :1|c", "a b", 1, 0},
      {"\uFEFFa:1|c", "a", 1, 0},
      {"\uFEFF a :1|c", "a", 1, 0},
      {"a\uFEFF:1|c", "a\uFEFF", 1, 0},
      {"\uFF1Da:1|c", "\uFF1Da", 1, 0},
      {"\u00A0a\u00A0:1|c", "\u00A0a\u00A0", 1, 0},
      // keys as they come
      {"with space/and:1|c", "with space/and", 1, 0},
      {"grüße:1|c", "grüße", 1, 0},
  };
  for (const MustParse& row : table) {
    CAPTURE(row.line);
    const Line line = parse_line(row.line);
    CHECK(line.outcome == Outcome::accepted);
    CHECK(line.key == row.key);
    CHECK(line.amount == Amount{row.whole, row.millionths});
    check_reader(row.line);
  }
}

TEST_CASE("lines that must not parse") {
  const MustNotParse table[] = {
      {":1|c", Outcome::bad_key},
      {" :1|c", Outcome::bad_key},
      {" \t  :1|c", Outcome::bad_key},
      {"\uFEFF:1|c", Outcome::bad_key},
      {"\uFEFF", Outcome::bad_type},
      {std::string(256, 'k') + ":1|c", Outcome::bad_key},
      {"a", Outcome::bad_type},
      {"a:1", Outcome::bad_type},
      {"a:1|", Outcome::bad_type},
      {"a:1|x", Outcome::bad_type},
      {"a:1|cc", Outcome::bad_type},
      {"a:1|c:2", Outcome::bad_type},
      {"a:|c", Outcome::bad_value},
      {"a|c", Outcome::bad_value},
      {"a:b:1|c", Outcome::bad_value},
      {"a:x|c", Outcome::bad_value},
      {"a:1x|c", Outcome::bad_value},
      {"a: 1|c", Outcome::bad_value},
      {"a:--1|c", Outcome::bad_value},
      {"a:1:|c", Outcome::bad_value},
      {"a:0x10|c", Outcome::bad_value},
      {"a:1e|c", Outcome::bad_value},
      {"a:.|c", Outcome::bad_value},
      {"a:-|c", Outcome::bad_value},
      {"a:NaN|c", Outcome::bad_value},
      {"a:Infinity|c", Outcome::bad_value},
      {"a:9007199254740993|c", Outcome::bad_value},
      {"a:1e300|c", Outcome::bad_value},
      {"a:99999999999999999999999999999999|c", Outcome::bad_value},
      {"a:9007199254740992|c|@0.5", Outcome::bad_value},
      {"a:1|c|@0", Outcome::bad_rate},
      {"a:1|c|@-0.1", Outcome::bad_rate},
      {"a:1|c|@2", Outcome::bad_rate},
      {"a:1|c|@Infinity", Outcome::bad_rate},
      {"a:1|c|@NaN", Outcome::bad_rate},
      {"a:1|c|@", Outcome::bad_rate},
      {"a:1|c|@1e-9999999", Outcome::bad_rate},
      {"a:|s", Outcome::bad_value},
      {"a:x|ms", Outcome::bad_value},
      {"a:NaN|ms", Outcome::bad_value},
      {"a:inf|h", Outcome::bad_value},
      {"a:1e308|d", Outcome::bad_value},
      {"a:9007199254740993|ms", Outcome::bad_value},
      {"a:1|ms|@0", Outcome::bad_rate},
      {"a:1:2:x|ms", Outcome::bad_value},
  };
  for (const MustNotParse& row : table) {
    CAPTURE(row.line);
    const Line line = parse_line(row.line);
    CHECK(text_of(line.outcome).name == text_of(row.outcome).name);
    CHECK(line.ends_line);
    CHECK_FALSE(line.several);
    check_reader(row.line);
  }
}

TEST_CASE("a set's member is what stands between the key and the bar, whatever it is") {
  for (const std::string& member : {std::string("alice"), std::string("a:b:1"), std::string(" x "),
                                    std::string("1"), std::string(1'023, 'x'), std::string("\xff\0", 2)}) {
    CAPTURE(member);
    const Line line = parse_line("users:" + member + "|s|#tag:a");
    CHECK(line.outcome == Outcome::accepted);
    CHECK(line.kind == Kind::set);
    CHECK(line.ends_line);
    CHECK(line.bits == token_of(member));
    check_reader("users:" + member + "|s");
  }
  CHECK(parse_line("users:" + std::string(1'024, 'x') + "|s").outcome == Outcome::bad_value);
  CHECK(parse_line("users:a|s:b|s").several);
}

TEST_CASE("keys and values of every length are read alike") {
  for (size_t length = 1; length <= 260; ++length) check_reader(std::string(length, 'k') + ":1|c");
  for (size_t digits = 1; digits <= 40; ++digits) check_reader("key:" + std::string(digits, '9') + "|c");
  check_reader("a:1|c\rb");
  check_reader("a:1|c\r\r");
}

TEST_CASE("a tiny rate cannot make a count out of range") {
  CHECK(parse_line("a:1|c|@1e-300").outcome == Outcome::bad_value);
  CHECK(parse_line("a:0|c|@1e-300").outcome == Outcome::accepted);
}

TEST_CASE("the sum of a line is held to what one value is") {
  const auto packed = [](const std::string& value, size_t count) {
    std::string line = "a";
    for (size_t i = 0; i < count; ++i) line.append(":").append(value);
    return line + "|c";
  };
  const std::string most = "9007199254740992";
  for (const size_t count : {2, 1'023, 1'024, 2'048, 4'096}) {
    CAPTURE(count);
    CHECK(parse_line(packed(most, count)).outcome == Outcome::bad_value);
    CHECK(parse_line(packed("-" + most, count)).outcome == Outcome::bad_value);
    CHECK(parse_line(packed("9e15", count)).outcome == Outcome::bad_value);
    CHECK(parse_line(packed("1", count)).amount == Amount{static_cast<int64_t>(count), 0});
    check_reader(packed(most, count));
  }
  for (const char* line : {"a:9007199254740992|c:1|c", "a:9007199254740992:0.000001|c", "a:5e15|c:1e15|c|@0.2",
                           "a:-9007199254740991|c:-0.5:-0.500001|c"})
    CHECK_MESSAGE(parse_line(line).outcome == Outcome::bad_value, line);
  const auto total = [](const std::string& line) { return parse_line(line).amount.normalized(); };
  CHECK(total("a:9007199254740991|c:0.5:0.5|c") == Amount{kMaxValue, 0});
  CHECK(total("a:-9007199254740991|c:-0.5:-0.5|c") == Amount{-kMaxValue, 0});
  CHECK(total("a:9007199254740992:9007199254740992:-9007199254740992|c") == Amount{kMaxValue, 0});
}

TEST_CASE("lines are cut at LF and CRLF") {
  const std::string text = "a:1|c\r\nb:2|c\n\nc:3|c";
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) lines.emplace_back(next_line(text, at));
  CHECK(lines == std::vector<std::string>{"a:1|c", "b:2|c", "", "c:3|c"});
  Line line;
  LineReader reader(text, 13);
  CHECK_FALSE(reader.read(line));
  CHECK(reader.at() == 14);
}

TEST_CASE("a gauge may say when it was set") {
  CHECK(parse_line("a:1|g|T1656581400").number == 1'656'581'400);
  CHECK(parse_line("a:1|g|#t:1|c:x|T1656581400|card:low").number == 1'656'581'400);
  for (const char* line :
       {"a:1|g", "a:1|g|T", "a:1|g|T-5", "a:1|g|T1.5", "a:1|g|Tx", "a:1|g|T99999999999999999999"}) {
    CHECK_MESSAGE(parse_line(line).outcome == Outcome::accepted, line);
    CHECK_MESSAGE(parse_line(line).number == 0, line);
  }
}
