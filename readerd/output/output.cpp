#include "readerd/output/output.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <iterator>

namespace kilometric {
namespace {

std::string number_or(const std::optional<Amount>& value, const char* none) {
  return value ? to_text(*value) : none;
}

class JsonOutput : public Output {
 public:
  JsonOutput(bool with_to, bool several) : with_to_(with_to), several_(several) {}

  std::string_view content_type() const override { return "application/json"; }
  void begin() override {
    if (several_) text_ += R"({"metrics":[)";
  }
  void begin_metric(std::string_view name) override {
    if (metrics_++ > 0) text_ += ',';
    shape_ = 0;
    text_.append(R"({"name":)").append(json_string(name)).append(R"(,"values":[)");
  }
  void add(const Value& value) override {
    if (shape_++ > 0) text_ += ',';
    auto out = std::back_inserter(text_);
    fmt::format_to(out, R"({{"from":{})", value.from);
    if (with_to_) fmt::format_to(out, R"(,"to":{})", value.to);
    fmt::format_to(out, R"(,"value":{}}})", number_or(value.value, "null"));
  }
  void end_metric() override { text_ += "]}"; }
  void end() override {
    if (several_) text_ += "]}";
  }

 private:
  const bool with_to_, several_;
  uint64_t metrics_ = 0, shape_ = 0;
};

class NdjsonOutput : public Output {
 public:
  explicit NdjsonOutput(bool with_to) : with_to_(with_to) {}

  std::string_view content_type() const override { return "application/x-ndjson"; }
  void begin_metric(std::string_view name) override { name_ = json_string(name); }
  void add(const Value& value) override {
    auto out = std::back_inserter(text_);
    fmt::format_to(out, R"({{"name":{},"from":{})", name_, value.from);
    if (with_to_) fmt::format_to(out, R"(,"to":{})", value.to);
    fmt::format_to(out, ",\"value\":{}}}\n", number_or(value.value, "null"));
  }

 private:
  const bool with_to_;
  std::string name_;
};

class CsvOutput : public Output {
 public:
  explicit CsvOutput(bool with_to) : with_to_(with_to) {}

  std::string_view content_type() const override { return "text/csv; charset=utf-8; header=present"; }
  void begin() override { text_ += with_to_ ? "name,from,to,value\r\n" : "name,from,value\r\n"; }
  void begin_metric(std::string_view name) override { name_ = quoted(name); }
  void add(const Value& value) override {
    auto out = std::back_inserter(text_);
    fmt::format_to(out, "{},{}", name_, value.from);
    if (with_to_) fmt::format_to(out, ",{}", value.to);
    fmt::format_to(out, ",{}\r\n", number_or(value.value, ""));
  }

 private:
  /// A key holds no line ends.
  static std::string quoted(std::string_view name) {
    if (name.find_first_of(",\"") == std::string_view::npos) return std::string(name);
    std::string text = "\"";
    for (const char c : name) text.append(c == '"' ? 2 : 1, c);
    return text + '"';
  }

  const bool with_to_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Output> Output::make(const Query& query, bool several) {
  const bool with_to = query.type == Query::Type::counter;
  switch (query.format) {
    case Query::Format::csv:
      return std::make_unique<CsvOutput>(with_to);
    case Query::Format::ndjson:
      return std::make_unique<NdjsonOutput>(with_to);
    default:
      return std::make_unique<JsonOutput>(with_to, several);
  }
}

std::string json_string(std::string_view text) {
  rapidjson::StringBuffer out;
  rapidjson::Writer writer(out);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {out.GetString(), out.GetSize()};
}

}  // namespace kilometric
