#include "common/redis/failure.h"

#include <fmt/format.h>

namespace kilometric {
namespace {

constexpr size_t kEnough = 200;  // of an error's text; protected mode's is an essay

struct Known {
  std::string_view start;
  const char* words;
};

constexpr const char* kWrongPassword = "Redis refused the password (WRONGPASS)";
constexpr const char* kNoPasswordSet = "Redis has no password, but KILOMETRIC_REDIS_URL gives one";

constexpr Known kKnown[] = {
    {"NOAUTH", "Redis wants a password (NOAUTH): set it in KILOMETRIC_REDIS_URL"},
    {"WRONGPASS", kWrongPassword},
    {"ERR invalid password", kWrongPassword},  // Redis 5
    {"ERR AUTH <password> called without any password configured", kNoPasswordSet},
    {"ERR Client sent AUTH, but no password is set", kNoPasswordSet},  // Redis 5
    {"READONLY", kReadOnly},
    {"MASTERDOWN", "Redis is a replica that has lost its master (MASTERDOWN)"},
    {"LOADING", "Redis is still loading its data (LOADING)"},
    {"ERR max number of clients reached", "Redis takes no more clients (maxclients)"},
};

}  // namespace

std::string failure_of(const redisContext& context) {
  if (context.err == REDIS_ERR_EOF) return "Redis closed the connection";
  if (context.err == REDIS_ERR_PROTOCOL) return "what answers there does not speak Redis' protocol";
  std::string text = context.errstr;
  if (text.empty()) return "the connection failed";
  if (context.err == REDIS_ERR_IO && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string failure_of(std::string_view command, std::string_view error) {
  for (const Known& known : kKnown)
    if (error.starts_with(known.start)) return known.words;
  // A renamed AUTH is an unknown command, and its error repeats the arguments.
  if (command == "AUTH") return fmt::format("Redis refused AUTH ({})", error.substr(0, error.find(' ')));
  return fmt::format("Redis says: {}", error.substr(0, kEnough));
}

}  // namespace kilometric
