#include "common/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace kilometric {
namespace {

/// systemd names the stream it made for us; stderr may since have been redirected.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status;
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

/// Pattern flag: the priority as sd-daemon(3) wants it.
class PriorityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& text) override {
    const std::string_view prefix = priority(message.level);
    text.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }

 private:
  static std::string_view priority(spdlog::level::level_enum level) {
    if (level >= spdlog::level::critical) return "<2>";
    if (level >= spdlog::level::err) return "<3>";
    if (level >= spdlog::level::warn) return "<4>";
    return level >= spdlog::level::info ? "<6>" : "<7>";
  }
};

}  // namespace

void start_log(std::string_view level, const std::string& role) {
  auto logger = std::make_shared<spdlog::logger>(role, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(stderr_is_journal() ? "%*%n: %v" : "%Y-%m-%d %H:%M:%S.%e %l %n: %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace kilometric
