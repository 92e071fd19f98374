#include "tool/reader/instances.h"

#include <cstdlib>

#include "tool/failure.h"

namespace kilometric::tool {
namespace {

Instance instance_of(const JsonValue& value) {
  Instance instance;
  instance.id = text_of(value, "id");
  instance.host = text_of(value, "host");
  instance.version = text_of(value, "version");
  instance.healthy = text_of(value, "healthy") == "true";
  instance.append_only = text_of(value, "append_only") != "false";
  instance.tells = find(value, "told") != nullptr;
  instance.flushed = whole_of(value, "flushed");
  instance.told = whole_of(value, "told");
  instance.started = whole_of(value, "started");
  instance.interval = number_of(value, "interval");
  instance.pending = whole_of(value, "pending");
  instance.spool = whole_of(value, "spool");
  instance.drops = whole_of(value, "drops");
  const JsonValue *lines = find(value, "lines"), *rejected = find(value, "rejected");
  if (lines != nullptr && lines->IsObject())
    for (const auto& member : lines->GetObject())
      instance.lines[text_of(member.name)] = std::strtod(text_of(member.value).c_str(), nullptr);
  if (rejected != nullptr && rejected->IsArray()) instance.rejected_shown = rejected->Size();
  return instance;
}

}  // namespace

double Instance::lines_received() const {
  double sum = 0;
  for (const auto& [outcome, count] : lines) sum += count;
  return sum;
}

Instances read_instances(const Reader& reader) {
  const Json answer = reader.get_json(Query("/instances"));
  const JsonValue* list = find(answer, "instances");
  if (list == nullptr || !list->IsArray())
    throw Failure(kUnreachable,
                  "the answer is none of kilometric-readerd's /instances; --reader says where that is");
  Instances instances{whole_of(answer, "now"), number_of(answer, "redis_ms"), {}};
  for (const JsonValue& value : list->GetArray()) instances.all.push_back(instance_of(value));
  return instances;
}

}  // namespace kilometric::tool
