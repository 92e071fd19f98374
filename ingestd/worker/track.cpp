#include "ingestd/worker/track.h"

#include <fmt/format.h>
#include <strings.h>

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/http/content_coding.h"
#include "common/http/limits.h"
#include "common/http/query_string.h"
#include "common/json.h"
#include "common/metric/key.h"
#include "ingestd/count/line_group.h"
#include "ingestd/parse/line_reader.h"
#include "ingestd/worker/fields.h"

namespace kilometric {
namespace {

/// Whether a query has no escapes. Two searches: find_first_of calls memchr for each byte.
bool is_plain(std::string_view query) {
  return query.find('%') == std::string_view::npos && query.find('+') == std::string_view::npos;
}

constexpr const char* kBadlyEncoded = "the query is badly encoded: write a % itself as %25";

/// An unsigned integer up to 2^53, digits only.
std::optional<int64_t> parse_value(std::string_view text) {
  int64_t value = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value > kMaxValue) return std::nullopt;
  return value;
}

/// What is wrong with a line that was rejected.
std::string_view advice(Outcome outcome, std::string_view key) {
  const char* const error = outcome == Outcome::bad_key ? key_error(key) : nullptr;
  return error ? error : text_of(outcome).advice;
}

/// The content type without its parameters, compared without regard to case.
bool is_type(std::string_view header, std::string_view type) {
  std::string_view name = header.substr(0, header.find(';'));
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  return name.size() == type.size() && strncasecmp(name.data(), type.data(), type.size()) == 0;
}

}  // namespace

void Track::handle(const HttpRequest& request, HttpResponse& response) {
  if (request.method != HTTP_POST && request.body.empty()) return count_query(request.query, response);
  const std::string codings = request.header_list("content-encoding");
  if (codings.empty() || request.body.empty()) return count_request(request, response);
  const auto body = decode_body(codings, request.body, HttpLimits{}.body_bytes);
  if (const auto* refusal = std::get_if<Refusal>(&body))
    return send_error(response, refusal->status, refusal->message,
                      refusal->status == 415 ? kAcceptedCodings : "");
  HttpRequest decoded = request;
  decoded.body = std::get<std::string>(body);
  count_request(decoded, response);
}

void Track::count_request(const HttpRequest& request, HttpResponse& response) {
  const std::string_view type = request.header("content-type");
  if (is_type(type, "application/x-www-form-urlencoded"))
    return count_form(request.query, request.body, response);
  const bool fields = has_fields(request.query);
  if (is_type(type, "text/plain") && !fields) return count_lines(request.body, response);
  if (request.body.empty()) return count_query(request.query, response);
  if (is_type(type, "text/plain"))
    return refuse(Outcome::bad_key, request.query, response,
                  "the body holds lines and the URL a key or a value: send lines to /track, without these");
  send_error(response, 415, "send StatsD lines as Content-Type: text/plain, or key= and value= as a form");
}

void Track::count_query(std::string_view query, HttpResponse& response) {
  if (is_plain(query)) return count_fields(plain_fields(query), query, response);
  const std::optional<QueryString> parsed = QueryString::parse(query);
  if (!parsed) return refuse(Outcome::bad_key, query, response, kBadlyEncoded);
  count_fields(fields_of(*parsed), query, response);
}

/// A form's fields may be in the URL, too, but each in one place.
void Track::count_form(std::string_view query, std::string_view body, HttpResponse& response) {
  const std::optional<QueryString> form = QueryString::parse(body);
  if (!form) return refuse(Outcome::bad_key, body, response, kBadlyEncoded);
  if (!has_fields_alone(*form))
    return refuse(
        Outcome::bad_key, body, response,
        "a form holds key=, value= and type= alone; to send StatsD lines, say Content-Type: text/plain");
  count_query(std::string(query).append("&").append(body), response);
}

void Track::count_fields(const Fields& fields, std::string_view query, HttpResponse& response) {
  if (!fields.key)
    return refuse(Outcome::bad_key, query, response, "key is missing, as in /track?key=my-metric");
  if (fields.twice)
    return refuse(
        Outcome::bad_key, query, response,
        "key, value or type is given twice; send each once, or many lines as Content-Type: text/plain");
  Line line{*fields.key, {}, Outcome::accepted};
  if (line.key.empty()) return refuse(Outcome::bad_key, query, response, key_error(line.key));
  if (!fields.type) return count_plain(line, fields.value.value_or("1"), query, response);
  if (!fields.value && *fields.type != "c" && *fields.type != "m")
    return refuse(Outcome::bad_value, query, response, "value is missing; only a counter has one by itself, 1");
  count_typed(line, fields, query, response);
}

/// As ever, a counter without a type is a whole number.
void Track::count_plain(Line& line, std::string_view value, std::string_view query, HttpResponse& response) {
  const std::optional<int64_t> amount = parse_value(value);
  if (!amount)
    return refuse(Outcome::bad_value, query, response,
                  "value must be an unsigned integer from 0 to 9007199254740992 (2^53), digits only");
  line.amount = {*amount, 0};
  count_one(line, query, response);
}

/// Requires a type.
void Track::count_typed(Line& line, const Fields& fields, std::string_view query, HttpResponse& response) {
  const std::optional<Kind> kind = parse_type(*fields.type);
  if (!kind)
    return refuse(Outcome::bad_type, query, response,
                  "type must be c, m, g, ms, h, d or s, as in a StatsD line");
  if (parse_value(*kind, fields.value.value_or("1"), line) != Outcome::accepted)
    return refuse(Outcome::bad_value, query, response, text_of(Outcome::bad_value).advice);
  count_one(line, query, response);
}

void Track::count_one(const Line& line, std::string_view query, HttpResponse& response) {
  const Outcome outcome = writer_.count(line, Via::http);
  if (outcome == Outcome::accepted) return response.send(204, {}, {});
  keep(outcome, query, response);
  if (outcome != Outcome::refused) return send_error(response, 400, advice(outcome, line.key));
  send_error(response, 503, text_of(Outcome::refused).advice, "Retry-After: 60\r\n");
}

/// Counts the lines of a body, and says what became of them.
class Track::Lines {
 public:
  /// `keep` is called for those that are rejected.
  Lines(SegmentWriter& writer, std::function<void(const Line& line)> keep)
      : spellings_(writer.spellings()), group_(writer, Via::http), keep_(std::move(keep)) {}

  void count(std::string_view body) {
    for (LineReader reader(body); !reader.done();) {
      ++number_;
      Line& line = group_.place();
      const LineReader::Read read = reader.read(line);
      if (read == LineReader::kNothing) continue;
      if (read == LineReader::kSpecial && reader.tags().data() != nullptr)
        spellings_.resolve(line, reader.tags());
      if (line.several && line.outcome == Outcome::accepted) {
        add_samples(reader.several(), line.key, line.sent);
      } else {
        line.ends_line = true;
        add();
      }
    }
    count_group();
  }

  uint64_t accepted = 0, rejected = 0;
  std::string first_error;

 private:
  void add() {
    numbers_[group_.size()] = number_;
    if (group_.add()) count_group();
  }
  void add_samples(std::string_view text, std::string_view key, const char* sent) {
    for (SampleReader samples(text); samples.read(group_.place());) {
      group_.place().key = key;
      group_.place().sent = sent;
      add();
    }
  }
  void count_group() {
    const uint64_t* number = numbers_;
    for (const HashedLine& counted : group_.count()) {
      if (counted.ends_line) note(counted, *number);
      ++number;
    }
  }
  void note(const Line& line, uint64_t number) {
    if (line.outcome == Outcome::accepted) {
      ++accepted;
    } else {
      if (rejected++ == 0) first_error = fmt::format("line {}: {}", number, text_of(line.outcome).advice);
      keep_(line);
    }
  }

  Spellings& spellings_;
  LineGroup group_;
  std::function<void(const Line&)> keep_;
  uint64_t numbers_[UndoLog::kLines];  ///< of the group's lines in the body
  uint64_t number_ = 0;
};

void Track::count_lines(std::string_view body, HttpResponse& response) {
  Lines lines(writer_, [&](const Line& line) {
    const std::string_view whole = line_around(body, line.key.data());
    keep(line.outcome, whole.empty() ? line_around(body, line.sent) : whole, response);
  });
  lines.count(body);
  if (lines.rejected == 0 && lines.accepted > 0) return response.send(204, {}, {});
  if (lines.rejected == 0) lines.first_error = "the body holds no line, as in my-metric:1|c";
  response.send(lines.accepted > 0 ? 200 : 400, "application/json",
                fmt::format(R"({{"accepted":{},"rejected":{},"error":{}}})", lines.accepted, lines.rejected,
                            json_string(lines.first_error)));
}

/// Answers 400 to what was `sent`.
void Track::refuse(Outcome outcome, std::string_view sent, HttpResponse& response, std::string_view message) {
  writer_.reject(outcome, Via::http);
  keep(outcome, sent, response);
  send_error(response, 400, message);
}

void Track::keep(Outcome outcome, std::string_view sent, const HttpResponse& response) {
  if (rejected_.due(outcome)) rejected_.keep(outcome, Via::http, response.peer(), sent);
}

}  // namespace kilometric
