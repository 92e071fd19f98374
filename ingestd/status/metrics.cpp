#include "ingestd/status/metrics.h"

#include <fmt/format.h>

#include <type_traits>
#include <vector>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics_text.h"
#include "common/redis/layout.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/process/listeners.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/status/kernel_drops.h"

namespace kilometric {
namespace {

uint64_t value_of(const std::atomic<uint64_t>& counter) { return counter.load(std::memory_order_relaxed); }

class WorkerSums {
 public:
  explicit WorkerSums(const Settings& settings) {
    for (unsigned i = 0; i < settings.workers; ++i)
      if (WorkerFile file = WorkerFile::look(settings.runtime_dir, i)) files_.push_back(std::move(file));
  }

  template <class Get>
  uint64_t sum(Get get) const {
    return sum_of_headers([&](const WorkerHeader& header) -> auto& { return get(header.stats); });
  }
  template <class Get>
  uint64_t sum_of_headers(Get get) const {
    uint64_t total = 0;
    for (const WorkerFile& file : files_) total += value_of(get(file.header()));
    return total;
  }

 private:
  std::vector<WorkerFile> files_;
};

static_assert(kListeners.size() == std::extent_v<decltype(WorkerStats::lines)>);

void add_lines(MetricsText& text, const WorkerSums& workers) {
  uint64_t sums[kListeners.size()][kOutcomes];
  for (size_t via = 0; via < kListeners.size(); ++via)
    for (size_t outcome = 0; outcome < kOutcomes; ++outcome)
      sums[via][outcome] = workers.sum_of_headers([&](const WorkerHeader& header) -> auto& {
        return header.lines(via, outcome);
      });

  text.counter("kilometric_lines_received_total", "Lines received: accepted and rejected ones.");
  for (size_t via = 0; via < kListeners.size(); ++via) {
    uint64_t received = 0;
    for (const uint64_t lines : sums[via]) received += lines;
    text.sample(received, fmt::format("via=\"{}\"", kListeners[via].name));
  }
  text.counter("kilometric_lines_accepted_total", "Lines counted.");
  for (size_t via = 0; via < kListeners.size(); ++via)
    text.sample(sums[via][0], fmt::format("via=\"{}\"", kListeners[via].name));
  text.counter("kilometric_lines_rejected_total", "Lines not counted, by reason.");
  for (size_t via = 0; via < kListeners.size(); ++via)
    for (size_t outcome = 1; outcome < kOutcomes; ++outcome)
      text.sample(sums[via][outcome],
                  fmt::format("via=\"{}\",reason=\"{}\"", kListeners[via].name, kOutcomeTexts[outcome].name));
}

/// A sample for each kind; `value` takes its row in kKinds.
template <class Value>
void add_by_kind(MetricsText& text, Value value) {
  for (size_t row = 0; row < kKinds.size(); ++row)
    text.sample(value(row), fmt::format("kind=\"{}\"", kKinds[row].name));
}

void add_samples(MetricsText& text, const WorkerSums& workers) {
  text.counter("kilometric_samples_counted_total",
               "Samples counted, by kind: a line holds one or several; those of a counter are one.");
  add_by_kind(text, [&](size_t row) {
    return workers.sum_of_headers([row](const WorkerHeader& header) -> auto& { return header.samples[row]; });
  });
}

void add_requests(MetricsText& text, const WorkerSums& workers) {
  text.counter("kilometric_http_requests_total", "HTTP requests answered, by route and status.");
  for (size_t route = 0; route < std::size(kRouteNames); ++route)
    for (size_t status = 0; status < std::size(kStatuses); ++status) {
      const uint64_t requests =
          workers.sum([&](const WorkerStats& stats) -> auto& { return stats.requests[route][status]; });
      const std::string name = kStatuses[status] ? std::to_string(kStatuses[status]) : "other";
      if (requests > 0)
        text.sample(requests, fmt::format("route=\"{}\",status=\"{}\"", kRouteNames[route], name));
    }
  text.gauge("kilometric_http_connections", "HTTP connections open now.");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.connections; }));
}

/// A sample for each way of streams.
void add_stream_samples(MetricsText& text, const WorkerSums& workers, std::atomic<uint64_t> StreamStats::*of,
                        std::string_view more = {}) {
  for (const Via via : kStreamVias) {
    const auto get = [&](const WorkerStats& stats) -> auto& { return stats.streams[stream_row(via)].*of; };
    text.sample(workers.sum(get), fmt::format("via=\"{}\"{}", kViaNames[static_cast<size_t>(via)], more));
  }
}

void add_streams(MetricsText& text, const WorkerSums& workers) {
  text.gauge("kilometric_stream_connections", "Connections open now that carry lines.");
  add_stream_samples(text, workers, &StreamStats::connections);
  text.counter("kilometric_stream_connections_accepted_total", "Connections accepted that carry lines.");
  add_stream_samples(text, workers, &StreamStats::accepted);
  text.counter("kilometric_stream_connections_closed_total",
               "Connections closed by ingestd: at the limit when they came, or as nothing came by them.");
  add_stream_samples(text, workers, &StreamStats::refused, ",reason=\"limit\"");
  add_stream_samples(text, workers, &StreamStats::silent, ",reason=\"silence\"");
}

void add_workers(MetricsText& text, const Settings& settings, const WorkerSums& workers) {
  text.counter("kilometric_datagrams_received_total", "UDP datagrams received.");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.datagrams; }));
  text.counter("kilometric_unix_datagrams_received_total", "Datagrams received by the unix socket.");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.unix_datagrams; }));
  text.counter("kilometric_udp_drops_total", "Datagrams the kernel dropped because a socket's queue was full.");
  text.sample(kernel_drops(settings));
  text.gauge("kilometric_keys", "Live keys, summed over workers (a key may live in several).");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.keys; }));
  text.gauge("kilometric_workers", "Workers configured.");
  text.sample(uint64_t{settings.workers});
  text.counter("kilometric_worker_starts_total", "Times a worker started, restarts included.");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.starts; }));
  text.counter("kilometric_segment_rotations_total",
               "Segments sealed at the end of an interval, or because they were full.");
  text.sample(workers.sum([](const WorkerStats& stats) -> auto& { return stats.rotations; }));
  text.counter("kilometric_intervals_unsealed_total",
               "Ends of intervals that passed without sealing: too much waited, or there was no room.");
  text.sample(
      workers.sum_of_headers([](const WorkerHeader& header) -> auto& { return header.intervals_unsealed; }));
}

void add_flusher(MetricsText& text, const FlusherStatus& status) {
  const auto gauge = [&](std::string_view name, std::string_view help, uint64_t value) {
    text.gauge(name, help);
    text.sample(value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, uint64_t value) {
    text.counter(name, help);
    text.sample(value);
  };
  gauge("kilometric_redis_up", "1 while Redis answers the flusher.", value_of(status.redis_up));
  gauge("kilometric_redis_append_only",
        "0 while Redis says that it keeps no append-only file: after its end it has its last snapshot alone.",
        value_of(status.redis_append_only));
  gauge("kilometric_batches_pending", "Batches in the spool that Redis has not acknowledged.",
        value_of(status.batches_pending));
  gauge("kilometric_batches_set_aside", "Batches of entries whose Redis key is no stream.",
        value_of(status.batches_aside));
  gauge("kilometric_batches_doubtful", "Files of entries that may have been counted and trimmed since.",
        value_of(status.batches_doubtful));
  gauge("kilometric_spool_bytes", "Bytes of the pending batches.", value_of(status.spool_bytes));
  counter("kilometric_batches_merged_total", "Batches merged because the spool was at its limit.",
          value_of(status.batches_merged));
  gauge("kilometric_batches_kept", "Acknowledged batches, kept until they are certain to be on Redis' disk.",
        value_of(status.batches_kept));
  counter("kilometric_batches_given_up_total",
          "Kept batches removed at a limit before a snapshot of Redis had them.",
          value_of(status.batches_given_up));
  counter("kilometric_files_unreadable_total", "Batch files that could not be read and were put aside.",
          value_of(status.files_unreadable));
  counter("kilometric_harvest_failures_total", "Harvests put off because the spool's disk refused.",
          value_of(status.harvest_failures));
  uint64_t entries_sent = 0;
  for (const auto& of_kind : status.entries_sent) entries_sent += value_of(of_kind);
  entries_sent += value_of(status.events_sent);
  counter("kilometric_entries_sent_total", "Entries that Redis acknowledged.", entries_sent);
  text.counter("kilometric_entries_sent_by_kind_total", "Entries that Redis acknowledged, by kind.");
  add_by_kind(text, [&](size_t row) { return value_of(status.entries_sent[row]); });
  counter("kilometric_events_sent_total", "Events and service checks that Redis acknowledged.",
          value_of(status.events_sent));
  text.gauge("kilometric_index_keys", "Keys in Redis, by kind, of all hosts, as it said last.");
  add_by_kind(text, [&](size_t row) { return value_of(status.index_keys[row]); });
  counter("kilometric_entries_set_aside_total", "Entries set aside: their Redis key is no stream.",
          value_of(status.entries_aside));
  counter("kilometric_entries_doubtful_total",
          "Entries not sent again: they may have been counted and trimmed since.",
          value_of(status.entries_doubtful));
  counter("kilometric_tier_entries_written_total",
          "Entries written to tiers: closed hours, their sums, and days.",
          value_of(status.tier_entries_written));
  counter("kilometric_hours_by_second_total",
          "Closed hours that were packed by the second, as they had too many entries.",
          value_of(status.hours_by_second));
  counter("kilometric_entries_trimmed_total", "Entries removed because they were past their retention.",
          value_of(status.entries_trimmed));
  counter("kilometric_keys_walked_total", "Turns of keys: tiers filled, streams trimmed.",
          value_of(status.keys_walked));
  counter("kilometric_tier_passes_total", "Passes over all keys that came to their end.",
          value_of(status.tier_passes));
  counter("kilometric_tier_failures_total", "Turns of keys that ended early, to be resumed by a later pass.",
          value_of(status.tier_failures));
  text.gauge("kilometric_last_flush_age_seconds", "Since everything harvested was last in Redis; +Inf: never.");
  const int64_t last = status.last_flush_ms.load(std::memory_order_relaxed);
  text.sample(last == 0 ? std::numeric_limits<double>::infinity()
                        : static_cast<double>(boot_ms() - last) / 1000);
  text.gauge("kilometric_last_flush_duration_seconds", "From the harvest to Redis' last answer.");
  text.sample(static_cast<double>(value_of(status.flush_us)) / 1e6);
}

}  // namespace

std::string metrics_text(const Settings& settings) {
  MetricsText text;
  text.gauge("kilometric_build_info", "Always 1; the version is a label.");
  text.sample(uint64_t{1}, "version=\"" KILOMETRIC_VERSION "\"");
  const WorkerSums workers(settings);
  add_lines(text, workers);
  add_samples(text, workers);
  add_workers(text, settings, workers);
  add_requests(text, workers);
  add_streams(text, workers);
  text.counter("kilometric_log_lines_dropped_total", "Lines of the log that stderr did not take.");
  text.sample(log_lines_dropped());
  if (const FlusherFile flusher = FlusherFile::look(settings.runtime_dir)) add_flusher(text, flusher.status());
  return text.text();
}

bool healthy(const Settings& settings) {
  const FlusherFile flusher = FlusherFile::look(settings.runtime_dir);
  if (!flusher) return false;
  const int64_t last = flusher.status().last_flush_ms.load(std::memory_order_relaxed);
  return last != 0 && boot_ms() - last <= layout::kHealthyIntervals * settings.flush_interval.count();
}

}  // namespace kilometric
