// Why a connection to Redis failed, in words a user can act on. Never holds the password.
//
// The connector and the connection call it when they give up; the words go to on_down(), and from there into
// the log and into what /health says.
#pragma once

#include <hiredis/hiredis.h>

#include <string>
#include <string_view>

namespace kilometric {

/// Why hiredis gave up the connection.
std::string failure_of(const redisContext& context);

inline constexpr const char* kReadOnly = "Redis is a replica that takes no writes (READONLY)";

/// Why Redis answered the greeting's `command` ("AUTH", "SELECT", "PING"), or a later one, with `error`.
std::string failure_of(std::string_view command, std::string_view error);

}  // namespace kilometric
