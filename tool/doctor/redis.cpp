#include "common/redis/redis.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "common/redis/reply.h"
#include "common/redis/url.h"
#include "common/settings/command_line.h"
#include "common/uv.h"
#include "tool/doctor/finding.h"
#include "tool/local/service_settings.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

using Level = Finding::Level;

constexpr int kLeastVersion = 5;  ///< which has streams

struct Asked {
  std::string info;
  std::string trouble;  ///< why there is none
};

/// One try, which has its deadlines.
Asked ask(const RedisUrl& url) {
  Asked asked;
  Loop loop;
  std::unique_ptr<Redis> redis;
  const auto on_up = [&] {
    redis->command({"INFO"}, [&](const redisReply* reply) {
      if (reply != nullptr) asked.info = reply_text(reply);
      if (reply != nullptr && reply->type == REDIS_REPLY_ERROR) asked.trouble = std::exchange(asked.info, {});
      loop.stop();
    });
  };
  const auto on_down = [&](const std::string& reason) {
    asked.trouble = reason;
    loop.stop();
  };
  redis = std::make_unique<Redis>(loop, url, Redis::Options(), on_up, on_down);
  redis->start();
  loop.run();
  return asked;
}

/// Of what keeps us from asking.
std::string remedy_of(const std::string& trouble) {
  if (trouble.find("password") == std::string::npos)
    return "KILOMETRIC_REDIS_URL says where it is; is redis-server running?";
  return fmt::format("sudo, to have the services' settings from {}; or set the variable in this shell",
                     kServiceSettings);
}

class InfoCheck {
 public:
  InfoCheck(std::string_view info, Findings& findings) : info_(info), findings_(findings) {}

  void look() {
    const std::string version(info_value(info_, "redis_version"));
    if (std::atoi(version.c_str()) < kLeastVersion)
      add(Level::bad, "Redis is of version " + printable(version),
          "streams need Redis 5 or later; 7 is tested");
    else
      add(Level::good, "Redis answers; version " + printable(version), "");
    if (info_value(info_, "role") == "slave")
      add(Level::bad, "Redis is a replica, which takes no writes",
          "name the primary, or sentinels, in KILOMETRIC_REDIS_URL");
    look_at_memory();
    look_at_disk();
  }

 private:
  void add(Level level, std::string what, std::string remedy) {
    findings_.push_back({level, std::move(what), std::move(remedy)});
  }
  double number(const char* name) const {
    return std::strtod(std::string(info_value(info_, name)).c_str(), nullptr);
  }

  void look_at_memory() {
    const double most = number("maxmemory"), used = number("used_memory");
    const std::string policy(info_value(info_, "maxmemory_policy"));
    if (most > 0 && policy != "noeviction" && !policy.empty())
      add(Level::bad, "Redis evicts keys when its memory is full: maxmemory-policy " + printable(policy),
          "redis-cli config set maxmemory-policy noeviction, and the same in redis.conf: whole metrics may "
          "vanish");
    if (most > 0 && used > most * 0.9)
      add(Level::odd, fmt::format("Redis uses {:.0f} % of its maxmemory", used / most * 100),
          "raise maxmemory, or let entries end: KILOMETRIC_RETENTION_RAW");
  }

  void look_at_disk() {
    if (info_value(info_, "aof_enabled") == "0")
      add(Level::odd, "Redis keeps no append-only file",
          "appendonly yes in redis.conf; until then ingestd keeps its batches until a snapshot has them");
    for (const char* field : {"aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"})
      if (const auto status = info_value(info_, field); !status.empty() && status != "ok")
        add(Level::bad, fmt::format("Redis could not write its disk: {} is {}", field, printable(status)),
            "look into Redis' log: is its disk full, are its folder's rights right?");
  }

  std::string_view info_;
  Findings& findings_;
};

}  // namespace

void look_at_redis(Findings& findings) {
  const char* const name = "kilometric-ingestd";
  try {
    const Asked asked = ask(parse_command_line(Program::ingestd, 1, &name).settings.redis_url);
    if (asked.trouble.empty()) return InfoCheck(asked.info, findings).look();
    findings.push_back(
        {Level::bad, "Redis cannot be asked from here: " + printable(asked.trouble), remedy_of(asked.trouble)});
  } catch (const SettingError&) {
    // look_at_settings() has told it.
  }
}

}  // namespace kilometric::tool
