#include "tool/reader/reader.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kMostErrorBytes = 64 << 10;

/// In the server's own words, if these are of readerd's form.
std::string words_of(const HttpAnswer& answer) {
  if (answer.body.size() > kMostErrorBytes) return {};
  Json document;
  document.Parse<rapidjson::kParseIterativeFlag>(answer.body.data(), answer.body.size());
  return document.HasParseError() ? std::string() : printable(text_of(document, "error"));
}

int status_of(int http_status) {
  if (http_status == 400) return kUsage;
  return http_status == 503 ? kUnreachable : kNothing;
}

}  // namespace

Reader::Reader(const Common& common) : url_(Url::parse(common.reader, "--reader")), verbose_(common.verbose) {}

void Reader::tell(std::string_view method, const Query& query, std::string_view options) const {
  if (!verbose_) return;
  const std::string_view how = method == "GET" ? "" : " -X ";
  const std::string_view name = method == "GET" ? "" : method;
  fmt::print(stderr, "curl -g{}{}{} '{}{}'\n", options, how, name, url_.text(), query.text());
}

HttpAnswer Reader::ask(std::string_view method, const Query& query) const {
  tell(method, query, "");
  return std::move(Exchange(url_, method, query.text()).await_all());
}

HttpAnswer Reader::get(const Query& query) const {
  HttpAnswer answer = ask("GET", query);
  refuse_failed(answer, url_);
  return answer;
}

Json Reader::get_json(const Query& query) const { return parse_json(get(query).body, url_.text()); }

std::unique_ptr<Exchange> Reader::follow(const Query& query) const {
  tell("GET", query, " -N");
  auto exchange = std::make_unique<Exchange>(url_, "GET", query.text());
  if (exchange->await_head().status != 200) refuse_failed(exchange->await_all(), url_);
  return exchange;
}

void refuse_failed(const HttpAnswer& answer, const Url& url) {
  if (answer.status >= 200 && answer.status < 300) return;
  const std::string words = words_of(answer);
  if (!words.empty()) throw Failure(status_of(answer.status), words);
  throw Failure(kUnreachable,
                fmt::format("{} answers with status {}, and not as kilometric-readerd does; --reader says "
                            "where that is",
                            url.text(), answer.status));
}

}  // namespace kilometric::tool
