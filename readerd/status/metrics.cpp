#include "readerd/status/metrics.h"

#include "common/log.h"
#include "common/metrics_text.h"

namespace kilometric {

void Metrics::count_answer(std::string_view route, int status) {
  ++answers[{std::string(route), status}];
  ++answers_total;
}

std::string Metrics::text(size_t connections, size_t lives, bool redis_up) const {
  MetricsText out;
  out.counter("kilometric_http_requests_total", "HTTP requests answered, by route and status.");
  for (const auto& [labels, count] : answers)
    out.sample(count, "route=\"" + labels.first + "\",status=\"" + std::to_string(labels.second) + '"');
  out.gauge("kilometric_http_connections", "HTTP connections open.");
  out.sample(uint64_t{connections});
  out.gauge("kilometric_live_streams", "GET /live requests open.");
  out.sample(uint64_t{lives});
  out.gauge("kilometric_redis_up", "1 while Redis answers.");
  out.sample(uint64_t{redis_up});
  out.counter("kilometric_redis_pages_total", "Pages of streams read from Redis.");
  out.sample(pages_read);
  out.counter("kilometric_entries_skipped_total", "Stream entries without a usable count.");
  out.sample(entries_skipped);
  out.counter("kilometric_packed_hours_damaged_total", "Packed hours that were passed over, being damaged.");
  out.sample(hours_damaged);
  out.counter("kilometric_tag_walks_total", "Walks over all keys for GET /tags, while somebody asks for it.");
  out.sample(tag_walks);
  out.gauge("kilometric_tag_index_bytes", "Memory that tags and their values take.");
  out.sample(tag_index_bytes);
  out.gauge("kilometric_tags_left_out", "Tags of series that the last walk did not count, for want of room.");
  out.sample(tags_left_out);
  out.counter("kilometric_log_lines_dropped_total", "Lines of the log that stderr did not take.");
  out.sample(log_lines_dropped());
  out.gauge("kilometric_build_info", "The version that runs.");
  out.sample(uint64_t{1}, "version=\"" KILOMETRIC_VERSION "\"");
  return out.text();
}

}  // namespace kilometric
