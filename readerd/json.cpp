#include "readerd/json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace kilometric {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_bucket(Writer& writer, Query::Type type, const Bucket& bucket) {
  writer.StartObject();
  write_text(writer, "from");
  writer.Uint64(bucket.from);
  if (type == Query::Type::counter) {
    write_text(writer, "to");
    writer.Uint64(bucket.to);
  }
  write_text(writer, "value");
  const std::string value = to_text(bucket.value);
  writer.RawValue(value.data(), value.size(), rapidjson::kNumberType);
  writer.EndObject();
}

}  // namespace

std::string to_json(std::string_view key, Query::Type type, std::span<const Bucket> buckets) {
  rapidjson::StringBuffer out;
  Writer writer(out);
  writer.StartObject();
  write_text(writer, "name");
  write_text(writer, key);
  write_text(writer, "values");
  writer.StartArray();
  for (const Bucket& bucket : buckets) write_bucket(writer, type, bucket);
  writer.EndArray();
  writer.EndObject();
  return {out.GetString(), out.GetSize()};
}

}  // namespace kilometric
