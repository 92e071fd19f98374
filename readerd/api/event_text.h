// An event or a service check as clients of the reader see it: JSON, and whether it has the tags that are asked
// for. Called by /events and /live. What Redis holds is shown as it is there, whoever wrote it.
//
//   {"id":"1603303544893-77","time":1603303541000,"title":"Deploy","text":"v2","alert_type":"info","tags":["env:prod"]}
//   {"id":"1603303544893-78","time":1603303541200,"check":"redis.up","status":2,"message":"no answer"}
//
// `time` is when it happened, as the client says (`d:`), or when it came: a time later than that is none.
#pragma once

#include <cstdint>
#include <string>

#include "readerd/keys/tag_filter.h"
#include "readerd/store/events_page.h"

namespace kilometric {

/// When it happened, in ms since the epoch.
uint64_t time_of(const StoredEvent& event);

std::string event_json(const StoredEvent& event);

/// Tags are those of a metric that was sent with them: of several of one name the last counts, and a bare one
/// has the value `true`.
bool has_tags(const StoredEvent& event, const TagFilters& filters);

}  // namespace kilometric
