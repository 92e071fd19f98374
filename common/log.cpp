#include "common/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "common/line_output.h"

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

std::atomic<uint64_t> own_counter{0};
std::atomic<uint64_t>* dropped_lines = &own_counter;

void count_dropped_line() { dropped_lines->fetch_add(1, std::memory_order_relaxed); }

class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    if (missing_ > 0) add_note(message, text);
    formatter_->format(message, text);
    if (output_.write({text.data(), text.size()})) {
      missing_ = 0;
    } else {
      ++missing_;
      count_dropped_line();
    }
  }
  void flush_() override {}

 private:
  void add_note(const spdlog::details::log_msg& next, spdlog::memory_buf_t& text) const {
    const std::string words =
        fmt::format("stderr did not take what was logged: {} lines of this process are missing here", missing_);
    formatter_->format({next.time, next.source, next.logger_name, spdlog::level::warn, words}, text);
  }

  LineOutput output_{STDERR_FILENO};
  uint64_t missing_ = 0;  ///< lines since the last one that was written
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

void write_log(LogLevel level, fmt::string_view words, fmt::format_args values) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  if (!logger.should_log(level_of(level))) return;
  try {
    logger.log(level_of(level), fmt::vformat(words, values));
  } catch (const std::exception&) {  // no memory for its text
    count_dropped_line();
  }
}

void start_log(std::string_view level, const std::string& role) {
  auto logger = std::make_shared<spdlog::logger>(role, std::make_shared<StderrSink>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(stderr_is_journal() ? "%*%n: %v" : "%Y-%m-%d %H:%M:%S.%e %l %n: %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  // A line that could not be made. The usual handler would print, and wait for whoever reads it.
  logger->set_error_handler([](const std::string&) { count_dropped_line(); });
  spdlog::set_default_logger(std::move(logger));
}

void tell_of_hangup() { log_info("SIGHUP: going on; the log goes to stderr, and nothing is to be reopened"); }

void complain(std::string_view program, std::string_view words) {
  LineOutput(STDERR_FILENO).write(fmt::format("{}: {}\n", program, words));
}

void count_dropped_lines_in(std::atomic<uint64_t>& counter) {
  counter.fetch_add(std::exchange(dropped_lines, &counter)->load(), std::memory_order_relaxed);
}

uint64_t log_lines_dropped() { return dropped_lines->load(std::memory_order_relaxed); }

}  // namespace kilometric
