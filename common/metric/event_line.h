// An event or a service check, as DogStatsD's clients send it, and its fields by their names:
//
//   _e{5,9}:title|some text|d:1603303541|h:web1|k:deploys|p:low|s:ci|t:warning|#env:prod,team:a
//   _sc|redis.up|2|d:1603303541|h:web1|#env:prod|m:no answer
//
//   event   title, text, date, host, aggregation_key, priority, source, alert_type, tags
//   check   check, status, date, host, tags, message
//
// Before an event stand the lengths of its title and text in bytes. `\n` in title, text and message is a line
// end there, `m\:` in a message is `m:`. Of a section that comes twice the last one counts. Skipped is one
// that nobody knows (`c:`, `e:`, `card:`) or that is empty, and a date that is no whole number.
//
// Called by the parser, which rejects what is none; and by who writes an entry of what was accepted. Nothing is
// allocated but what a field with an escape needs. Source:
// https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

/// What is wrong with a line.
enum class EventFault : uint8_t { none, bad_event, bad_check, too_long };

class EventLine {
 public:
  static constexpr size_t kMostBytes = 8'192;

  /// Whether a line is to be one, good or bad.
  static bool is_one(std::string_view line) noexcept {
    return line.starts_with(kEventMark) || line.starts_with(kCheckMark);
  }

  /// Requires that is_one(). The fields are views of the line.
  EventFault parse(std::string_view line) noexcept;

  /// Calls `visit(name, text)` for each field that there is.
  template <class Visit>
  void fields(Visit visit) const {
    for (size_t field = 0; field < kFields; ++field)
      if (values_[field].data() != nullptr) visit(kNames[field], plain(field));
  }

 private:
  static constexpr std::string_view kEventMark = "_e{", kCheckMark = "_sc|";

  enum Field : uint8_t { title, text, check, status, date, host, key, priority, source, alert, tags, message };
  static constexpr size_t kFields = message + 1;
  static constexpr std::array<std::string_view, kFields> kNames{
      "title",           "text",     "check",  "status",     "date", "host",
      "aggregation_key", "priority", "source", "alert_type", "tags", "message"};

  bool take_event(std::string_view& rest) noexcept;
  bool take_check(std::string_view& rest) noexcept;
  void take_section(std::string_view section, bool of_check) noexcept;
  std::string plain(size_t field) const;

  std::array<std::string_view, kFields> values_{};  ///< without data(): there is none
};

}  // namespace kilometric
