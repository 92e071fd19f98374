#include "tool/local/service_settings.h"

#include <doctest/doctest.h>

#include <sstream>

TEST_SUITE_BEGIN("tool/local");

using namespace kilometric::tool;

TEST_CASE("an environment file is read as systemd does") {
  std::istringstream file(
      "# KILOMETRIC_PORT=1\n"
      ";KILOMETRIC_PORT=2\n"
      "\n"
      "KILOMETRIC_PORT=4000\r\n"
      "  KILOMETRIC_REDIS_URL=\"redis://:a b=c@h\"  \n"
      "KILOMETRIC_TAGS='env,host'\n"
      "KILOMETRIC_BIND=\"\n"
      "KILOMETRIC_UNSET\n"
      "LD_PRELOAD=/tmp/evil.so\n"
      "KILOMETRIC_WORKERS=");
  using Variables = std::vector<std::pair<std::string, std::string>>;
  CHECK(parse_environment_file(file) == Variables{{"KILOMETRIC_PORT", "4000"},
                                                  {"KILOMETRIC_REDIS_URL", "redis://:a b=c@h"},
                                                  {"KILOMETRIC_TAGS", "env,host"},
                                                  {"KILOMETRIC_BIND", "\""},
                                                  {"KILOMETRIC_WORKERS", ""}});
}

TEST_SUITE_END();
