// What a reply of Redis means: the only place that knows the words of its errors and the shapes of its
// answers, but for a page of entries, see common/redis/page.h.
//
// Called by everybody who sends commands. These functions only look; the reply belongs to hiredis. A reply is
// hostile: its type and sizes are checked, and what is not the expected answer is nullopt, false or empty.
// nullptr, as Redis::OnReply gives it for a lost connection, is allowed everywhere and is none of them.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric {

/// The text of a string, status or error; empty for other types.
std::string_view reply_text(const redisReply* reply);

/// Whether it is an error whose first word is `code`, such as "WRONGTYPE".
bool is_error(const redisReply* reply, std::string_view code);

/// Whether XADD was refused because the stream's top is at or past the ID, or past every ID.
bool is_id_too_small(const redisReply* reply);

/// Whether the command has a word that this Redis does not know, as it is too old.
bool is_unknown_word(const redisReply* reply);

/// Whether it is an error by which a server says that it is not the one to ask, now or any more. After a
/// failover its name may lead to another one. `writes`: the one to ask has to take writes, too.
bool is_of_wrong_server(const redisReply* reply, bool writes);

/// Whether this answer to INFO is of a replica,
bool is_replica(std::string_view info);
/// and of one that takes no writes.
bool is_read_only_replica(std::string_view info);

/// Whether XINFO STREAM was asked about a key that does not exist.
bool is_no_such_key(const redisReply* reply);

/// The value of `name` in an answer made of names and values, such as XINFO STREAM's; nullptr when absent.
const redisReply* value_of(const redisReply* reply, std::string_view name);

/// The first half of the greatest ID ever given in a stream, out of an answer to XINFO STREAM; 0 when absent.
uint64_t top_ms(const redisReply* stream_info);

/// The answer to TIME, in ms since the epoch.
std::optional<int64_t> parse_time(const redisReply* reply);

/// The value of `name` in the text of an answer to INFO; empty when absent.
std::string_view info_value(std::string_view info, std::string_view name);

}  // namespace kilometric
