#include "readerd/api/instances_list.h"

#include <fmt/format.h>
#include <uv.h>

#include <iterator>
#include <optional>
#include <string_view>
#include <variant>

#include "common/json.h"
#include "common/utf8.h"
#include "readerd/api/health.h"

namespace kilometric {
namespace {

/// Writes the fields of an object behind others.
class Fields {
 public:
  explicit Fields(std::string& text) : text_(text) {}

  void add(std::string_view name, const std::optional<uint64_t>& number) {
    if (number) fmt::format_to(std::back_inserter(text_), R"(,"{}":{})", name, *number);
  }
  void add(std::string_view name, const std::optional<std::string>& words) {
    if (words) fmt::format_to(std::back_inserter(text_), R"(,"{}":{})", name, json_string(valid_utf8(*words)));
  }

 private:
  std::string& text_;
};

std::string json_of(const InstanceState::Lines& lines) {
  std::string text;
  for (const auto& [outcome, count] : lines)
    fmt::format_to(std::back_inserter(text), R"({}"{}":{})", text.empty() ? "" : ",", outcome, count);
  return "{" + text + "}";
}

std::string json_of(const std::vector<BadLine>& lines) {
  std::string text;
  for (const BadLine& line : lines) {
    fmt::format_to(std::back_inserter(text), R"({}{{"time":{})", text.empty() ? "" : ",", line.time_ms);
    Fields fields(text);
    fields.add("reason", line.reason);
    fields.add("advice", line.advice);
    fields.add("via", line.via);
    fields.add("sender", line.sender);
    fields.add("bytes", line.bytes);
    fields.add("line", line.text);
    text += '}';
  }
  return "[" + text + "]";
}

}  // namespace

Alive InstancesList::alive() {
  return [self = shared_from_this()] { return !self->refused_ && self->response_.wanted(); };
}

void InstancesList::start() {
  asked_ns_ = uv_hrtime();
  store_.time(alive(), [self = shared_from_this()](const Result<int64_t>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->now_ms_ = std::get<int64_t>(result);
    self->redis_ms_ = static_cast<double>(uv_hrtime() - self->asked_ns_) / 1e6;
    self->ask_for_instances();
  });
}

void InstancesList::ask_for_instances() {
  store_.instances(alive(), [self = shared_from_this()](const Result<Store::Instances>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->refuse(*refusal);
    self->on_instances(std::get<Store::Instances>(result));
  });
}

void InstancesList::on_instances(const Store::Instances& instances) {
  instances_ = instances;
  states_.resize(instances_.size());
  unanswered_ = instances_.size();
  if (unanswered_ == 0) return send();
  for (size_t place = 0; place < instances_.size(); ++place)
    store_.state(instances_[place].id, alive(),
                 [self = shared_from_this(), place](const Result<InstanceState>& result) {
                   self->on_state(place, result);
                 });
}

void InstancesList::on_state(size_t place, const Result<InstanceState>& result) {
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
  states_[place] = std::get<InstanceState>(result);
  if (--unanswered_ == 0) send();
}

void InstancesList::refuse(const Refusal& refusal) {
  if (!std::exchange(refused_, true)) send_refusal(response_, refusal);
}

void InstancesList::send() {
  std::string text = fmt::format(R"({{"now":{},"redis_ms":{:.3f},"instances":[)", now_ms_, redis_ms_);
  for (size_t i = 0; i < instances_.size(); ++i)
    text.append(i == 0 ? "" : ",").append(text_of(instances_[i], states_[i]));
  response_.send(200, "application/json", text + "]}");
}

std::string InstancesList::text_of(const Store::Instance& instance, const InstanceState& state) const {
  std::string text = fmt::format(R"({{"id":{})", json_string(valid_utf8(instance.id)));
  Fields fields(text);
  fields.add("host", state.host);
  fields.add("version", state.version);
  fields.add("flushed", instance.flushed_ms);
  if (state.interval) {
    const bool healthy =
        recent(static_cast<double>(instance.flushed_ms), static_cast<double>(now_ms_), *state.interval);
    fmt::format_to(std::back_inserter(text), R"(,"interval":{},"healthy":{})", to_text(Number(*state.interval)),
                   healthy);
  }
  fields.add("told", state.told_ms);
  fields.add("started", state.started_ms);
  fields.add("pending", state.pending);
  fields.add("spool", state.spool_bytes);
  fields.add("drops", state.drops);
  if (state.append_only) text.append(*state.append_only ? R"(,"append_only":true)" : R"(,"append_only":false)");
  fields.add("busiest", state.busiest);
  if (state.lines) text.append(R"(,"lines":)").append(json_of(*state.lines));
  if (state.rejected) text.append(R"(,"rejected":)").append(json_of(*state.rejected));
  return text + "}";
}

}  // namespace kilometric
