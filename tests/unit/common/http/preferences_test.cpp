#include "common/http/preferences.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");

namespace {

/// "name=weight name=weight"
std::string words_for(std::string_view list) {
  std::string words;
  for (const HttpPreference& each : parse_preferences(list))
    words.append(words.empty() ? "" : " ").append(each.name).append("=").append(std::to_string(each.weight));
  return words;
}

}  // namespace

TEST_CASE("lists of preferences and their weights") {
  CHECK(words_for("") == "");
  CHECK(words_for(" , ,") == "");
  CHECK(words_for("gzip") == "gzip=1000");
  CHECK(words_for("gzip, deflate;q=0.5,br;q=0") == "gzip=1000 deflate=500 br=0");
  CHECK(words_for("\tGZIP ; Q = 0 , *;q=0.000") == "GZIP=0 *=0");
  CHECK(words_for("a;q=1.000, b;q=0.25, c;q=0.001, d;q=1.") == "a=1000 b=250 c=1 d=1000");
  CHECK(words_for("text/csv;header=present;q=0.3, */*") == "text/csv=300 */*=1000");
  CHECK(words_for(R"(a;x="1,2;q=0";q=0.5, b;y="\",c")") == "a=500 b=1000");
}

TEST_CASE("what is no weight counts for nothing") {
  CHECK(words_for("a;q=, b;q=x, c;q=-1, d;q=2, e;q=.5, f;q, g;q=0x1") ==
        "a=1000 b=1000 c=1000 d=1000 e=1000 f=1000 g=1000");
  CHECK(words_for("a;q=0.0009, b;q=0.0000, c;q=1.9") == "a=1 b=0 c=1000");
  CHECK(words_for(R"(a;x="never, ended;q=0)") == "a=1000");
  CHECK(words_for("a;\\") == "a=1000");
}

TEST_CASE("the weight of a name, in whatever case") {
  const auto preferences = parse_preferences("GZip;q=0.5, gzip;q=0.1");
  CHECK(weight_of(preferences, "gzip") == 500);
  CHECK_FALSE(weight_of(preferences, "zip"));
}
