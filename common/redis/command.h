// A command in Redis' protocol: "*<arguments>\r\n", and then each argument as "$<bytes>\r\n<argument>\r\n".
//
// Called by whoever sends commands (common/redis/redis.h, ingestd/send/entry_command.h), for each argument:
// hiredis' own formatter costs far more. The bytes may be any. A wrong number of arguments is a bug of the
// caller.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace kilometric {

/// To be followed by so many arguments, the command's name being one.
inline void append_command(std::string& text, size_t arguments) {
  const fmt::format_int digits(arguments);
  text.append(1, '*').append(digits.data(), digits.size()).append("\r\n", 2);
}

/// What put_argument() writes beside the argument's own bytes, at most.
inline constexpr size_t kMostFrameBytes = 25;

/// One argument, in one part or two. Returns where the next byte goes.
inline char* put_argument(char* at, std::string_view part, std::string_view rest = {}) {
  const auto put = [&at](const char* bytes, size_t count) {
    std::memcpy(at, bytes, count);
    at += count;
  };
  const size_t bytes = part.size() + rest.size();
  *at++ = '$';
  if (bytes < 10) {
    *at++ = static_cast<char>('0' + bytes);
  } else {
    const fmt::format_int digits(bytes);
    put(digits.data(), digits.size());
  }
  put("\r\n", 2);
  if (!part.empty()) put(part.data(), part.size());
  if (!rest.empty()) put(rest.data(), rest.size());
  put("\r\n", 2);
  return at;
}

inline void append_argument(std::string& text, std::string_view part, std::string_view rest = {}) {
  const size_t before = text.size();
  text.resize(before + kMostFrameBytes + part.size() + rest.size());
  text.resize(static_cast<size_t>(put_argument(text.data() + before, part, rest) - text.data()));
}

/// All of it. Arguments are bytes, the first of them the command's name.
inline void append_command(std::string& text, std::span<const std::string_view> arguments) {
  append_command(text, arguments.size());
  for (const std::string_view argument : arguments) append_argument(text, argument);
}

}  // namespace kilometric
