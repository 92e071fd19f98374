// `kilometric top`: how each ingestd fares, and the busiest metrics of the last flush of the one on this host.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "common/json.h"
#include "common/utf8.h"
#include "tool/failure.h"
#include "tool/local/setting.h"
#include "tool/local/spool_view.h"
#include "tool/reader/instances.h"
#include "tool/show/number.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct TopOptions {
  std::string state, count = "20";
  bool once = false;
};

constexpr const char* kMore =
    "Above: lines a second of each kilometric-ingestd and what became of them, drops, batches that wait,\n"
    "the age of the last flush; from readerd. Below: the metrics with the most samples in the newest batch\n"
    "of the spool on this host, which root or the daemon's user may read. Ctrl-C ends it.\n\n"
    "  sudo kilometric top\n"
    "  kilometric top --once --json\n";

constexpr std::chrono::seconds kPause{2};

struct Row {
  Kind kind;
  std::string key;
  double samples;
  std::string value;
};

struct Busiest {
  std::vector<Row> rows;  ///< those with the most samples first
  size_t metrics = 0;
  int64_t ms = 0;  ///< of the batch
  bool waits = false;
};

size_t count_of(const std::string& text) {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Failure(kUsage, "--count " + printable(text) + ": it is a number up to 9999");
  return std::stoul(text);
}

std::string value_of(const Delta& delta) {
  const auto stat = delta.kind() == Kind::timer ? parse_stat(Kind::timer, "p99") : usual_stat(delta.kind());
  const auto value = delta.stat(*stat);
  return value ? to_text(*value) : "";
}

std::optional<Busiest> busiest_of(const SpoolView& spool, size_t most) {
  const auto newest = spool.newest();
  if (!newest) return std::nullopt;
  const auto& [folder, batch] = *newest;
  Busiest busiest{{}, batch.size(), static_cast<int64_t>(batch.header().ms), folder == "pending"};
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < batch.size(); ++i)
    if (batch.key(i).kind != Kind::event) order.emplace_back(-batch[i].delta.events().number(), i);
  const size_t count = std::min(order.size(), most);
  std::ranges::partial_sort(order, order.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const BatchEntry entry = batch[order[i].second];
    busiest.rows.push_back(
        {entry.delta.kind(), std::string(entry.key), -order[i].first, value_of(entry.delta)});
  }
  return busiest;
}

/// Of the same instance as it was before; nullptr when it was not there.
const Instance* earlier(const Instances& before, const Instance& now) {
  const auto found = std::ranges::find(before.all, now.id, &Instance::id);
  return found == before.all.end() || found->told >= now.told ? nullptr : &*found;
}

double lines_a_second(const Instance& now, const Instance* before) {
  const double lines = now.lines_received() - (before == nullptr ? 0 : before->lines_received());
  const int64_t since = before == nullptr ? now.started : before->told;
  return now.told > since ? lines * 1000 / static_cast<double>(now.told - since) : 0;
}

std::string rejected_text(const Instance& instance) {
  std::string text;
  for (const auto& [outcome, count] : instance.lines)
    if (outcome != "accepted" && count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(outcome), brief(count));
  return text;
}

/// A line, and one more where something was rejected.
std::string draw_instance(const Terminal& terminal, const Instance& instance, const Instances& before,
                          int64_t now, size_t name, bool narrow) {
  const int64_t since = std::max<int64_t>(0, now - instance.flushed) / 1000 * 1000;
  const std::string age = instance.flushed == 0 ? "never" : span_text(since) + " ago";
  std::string text = padded(cut_to(printable(instance.name()), name), name);
  text += padded_left(instance.tells ? brief(lines_a_second(instance, earlier(before, instance))) : "-", 9);
  const std::string drops = padded_left(brief(static_cast<double>(instance.drops)), 8);
  text += instance.drops > 0 ? terminal.odd(drops) : drops;
  const std::string waiting = padded_left(brief(static_cast<double>(instance.pending)), 9);
  if (!narrow) text += instance.pending > 1 ? terminal.odd(waiting) : waiting;
  const std::string flushed = padded_left(age, 11);
  text += (instance.healthy ? terminal.good(flushed) : terminal.bad(flushed)) + "\n";
  if (const std::string rejected = rejected_text(instance); !rejected.empty())
    text += "  " + terminal.odd(cut_behind("rejected: " + rejected, terminal.columns - 2)) + "\n";
  return text;
}

std::string draw_instances(const Terminal& terminal, const Instances& now, const Instances& before) {
  const size_t name = std::clamp<size_t>(terminal.columns / 4, 8, 30);
  const bool narrow = terminal.columns < 60;  // without what waits
  const std::string waiting = narrow ? "" : padded_left("waiting", 9);
  std::string text = terminal.faint(padded("ingestd", name) + padded_left("lines/s", 9) +
                                    padded_left("drops", 8) + waiting + padded_left("flushed", 11)) +
                     "\n";
  for (const Instance& instance : now.all)
    text += draw_instance(terminal, instance, before, now.now, name, narrow);
  if (now.all.empty()) text += "none has flushed within a week\n";
  return text;
}

std::string draw_busiest(const Terminal& terminal, const Busiest& busiest) {
  const size_t value = 12, kind = terminal.columns < 60 ? 0 : 9, samples = 11;
  const size_t name = terminal.columns - value - kind - samples;
  const std::string when = fmt::format("{} metrics, {}{}", readable(std::to_string(busiest.metrics)),
                                       full_time(busiest.ms), busiest.waits ? ", waits for Redis" : "");
  std::string text =
      "\n" +
      terminal.faint(padded(cut_behind(when, name - 1), name) + padded(kind == 0 ? "" : "kind", kind) +
                     padded_left("samples", samples) + padded_left("value", value)) +
      "\n";
  for (const Row& row : busiest.rows) {
    text += padded(cut_to(printable(row.key), name - 1), name) +
            padded(kind == 0 ? "" : text_of(row.kind).name, kind);
    const bool counts = row.kind == Kind::counter || row.kind == Kind::timer;
    text += padded_left(counts ? brief(row.samples) : "-", samples) +
            terminal.data(padded_left(brief_of(row.value), value)) + "\n";
  }
  return text;
}

std::string json_of(const Instances& instances, const std::optional<Busiest>& busiest) {
  std::string text = "{\"instances\":[";
  for (size_t i = 0; i < instances.all.size(); ++i) {
    const Instance& one = instances.all[i];
    text += fmt::format(
        "{}{{\"id\":{},\"host\":{},\"healthy\":{},\"lines_per_second\":{:.3f},\"drops\":{},\"pending\":{},"
        "\"flushed\":{}}}",
        i == 0 ? "" : ",", json_string(valid_utf8(one.id)), harmless_json(json_string(valid_utf8(one.host))),
        one.healthy, lines_a_second(one, nullptr), one.drops, one.pending, one.flushed);
  }
  text += "],\"busiest\":[";
  for (size_t i = 0; busiest && i < busiest->rows.size(); ++i) {
    const Row& row = busiest->rows[i];
    text += fmt::format("{}{{\"kind\":\"{}\",\"key\":{},\"samples\":{},\"value\":{}}}", i == 0 ? "" : ",",
                        text_of(row.kind).name, harmless_json(json_string(valid_utf8(row.key))), row.samples,
                        row.value.empty() ? "null" : row.value);
  }
  return text + "]}\n";
}

class Top {
 public:
  Top(const Reader& reader, const TopOptions& options)
      : reader_(reader), options_(options), most_(count_of(options.count)) {}

  int run(bool json);

 private:
  void look();
  std::string frame() const;

  const Reader& reader_;
  const TopOptions& options_;
  const size_t most_;
  Instances before_, now_;
  std::optional<Busiest> busiest_;
  std::string trouble_;  ///< why there is no list of metrics
};

void Top::look() {
  before_ = std::exchange(now_, read_instances(reader_));
  busiest_.reset();
  try {
    busiest_ =
        busiest_of(SpoolView(options_.state.empty() ? setting_text("state-dir") : options_.state), most_);
    trouble_ = busiest_ ? "" : "the spool on this host holds no batch yet";
  } catch (const Failure& failure) {
    if (!options_.state.empty()) throw;  // it was asked for
    trouble_ = failure.what();
  }
}

std::string Top::frame() const {
  const Terminal terminal = Terminal::of_stdout();
  const std::string head = draw_instances(terminal, now_, before_);
  return head + (busiest_ ? draw_busiest(terminal, *busiest_)
                          : "\n" + cut_behind("no metrics: " + trouble_, terminal.columns) + "\n");
}

int Top::run(bool json) {
  look();
  if (json || options_.once || !Terminal::of_stdout().is_one) {
    put(json ? json_of(now_, busiest_) : frame());
    if (json && !trouble_.empty()) fmt::print(stderr, "kilometric: no metrics: {}\n", trouble_);
    return now_.all.empty() && !busiest_ ? kNothing : 0;
  }
  for (size_t drawn = 0;; look()) {
    const std::string text = first_lines(frame(), Terminal::of_stdout().rows - 1);
    if (drawn > 0) put(fmt::format("\x1b[{}F\x1b[J", drawn));
    put(text);
    std::fflush(stdout);
    drawn = static_cast<size_t>(std::ranges::count(text, '\n'));
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Verb top_verb() {
  const auto options = std::make_shared<TopOptions>();
  Verb verb{"top", "", "Shows how each kilometric-ingestd fares, and its busiest metrics", kMore};
  verb.options = {
      {"--count,-n", "N", "so many metrics; 20 unless said", &options->count},
      {"--once", "", "once, and not again and again", &options->once},
      {"--state", "DIR", "the state folder of kilometric-ingestd; KILOMETRIC_STATE_DIR unless said",
       &options->state},
  };
  verb.run = [options](const Common& common) {
    const Reader reader(common);
    return Top(reader, *options).run(common.json);
  };
  return verb;
}

}  // namespace kilometric::tool
