// A command in Redis' protocol: "*<arguments>\r\n", and then each argument as "$<bytes>\r\n<argument>\r\n".
//
// Called by whoever sends commands (common/redis/redis.h, ingestd/send/entry_command.h), for each argument:
// hiredis' own formatter costs far more. The bytes may be any. A wrong number of arguments is a bug of the
// caller.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

namespace kilometric {

/// To be followed by so many arguments, the command's name being one.
inline void append_command(std::string& text, size_t arguments) {
  const fmt::format_int digits(arguments);
  text.append(1, '*').append(digits.data(), digits.size()).append("\r\n", 2);
}

/// One argument, in one part or two.
inline void append_argument(std::string& text, std::string_view part, std::string_view rest = {}) {
  const fmt::format_int digits(part.size() + rest.size());
  text.append(1, '$').append(digits.data(), digits.size()).append("\r\n", 2);
  text.append(part).append(rest).append("\r\n", 2);
}

/// All of it. Arguments are bytes, the first of them the command's name.
inline void append_command(std::string& text, std::span<const std::string_view> arguments) {
  append_command(text, arguments.size());
  for (const std::string_view argument : arguments) append_argument(text, argument);
}

}  // namespace kilometric
