#include "tool/reader/live.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "tool/failure.h"

namespace kilometric::tool {
namespace {

/// Of the lines of a server-sent event. Without data it is a comment, or says where the stream is.
LiveEvent event_of(std::string_view lines, const std::string& kind) {
  LiveEvent event{kind, {}};
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.starts_with("data: ")) event.data += line.substr(6);
    if (line == "event: event") event.kind = "event";
  }
  return event;
}

}  // namespace

void LiveStreams::add(std::string kind, const Query& query) {
  streams_.push_back({std::move(kind), reader_.follow(query), {}});
}

void LiveStreams::read(Stream& stream, std::vector<LiveEvent>& events) {
  const bool goes_on = stream.exchange->receive();
  stream.rest += std::exchange(stream.exchange->answer().body, {});
  for (size_t end; (end = stream.rest.find("\n\n")) != std::string::npos; stream.rest.erase(0, end + 2))
    if (LiveEvent event = event_of(std::string_view(stream.rest).substr(0, end), stream.kind);
        !event.data.empty())
      events.push_back(std::move(event));
  if (stream.rest.size() > kMostEventBytes) throw Failure(kUnreachable, "an event of /live has no end");
  if (!goes_on) throw Failure(kUnreachable, "readerd has ended /live; it was stopped, or Redis is away");
}

std::vector<LiveEvent> LiveStreams::take(std::chrono::milliseconds patience) {
  std::vector<LiveEvent> events;
  std::vector<pollfd> entries;
  for (Stream& stream : streams_) {
    read(stream, events);  // what came with the head
    entries.push_back({stream.exchange->descriptor(), POLLIN, 0});
  }
  if (!events.empty() || poll(entries.data(), entries.size(), static_cast<int>(patience.count())) <= 0)
    return events;
  for (Stream& stream : streams_) read(stream, events);
  return events;
}

}  // namespace kilometric::tool
