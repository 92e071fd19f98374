// /track over HTTP: `?key=K[&value=N][&type=T]`, a form with the same fields (each of them in the URL or in the
// body), or StatsD lines as text/plain. What cannot be meant so is refused whole: nothing that was sent is
// dropped. A request is answered after it has been counted, so what was answered 204 is in the segment.
#pragma once

#include "common/http/server.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/status/rejected_lines.h"
#include "ingestd/worker/fields.h"

namespace kilometric {

class Track {
 public:
  /// What is refused is kept in `rejected`, for an operator to see.
  Track(SegmentWriter& writer, RejectedLines& rejected) : writer_(writer), rejected_(rejected) {}

  /// Counts and answers. Errors are 4xx with words that tell the caller what to fix.
  void handle(const HttpRequest& request, HttpResponse& response);

 private:
  class Lines;

  void count_request(const HttpRequest& request, HttpResponse& response);
  void count_query(std::string_view query, HttpResponse& response);
  void count_form(std::string_view query, std::string_view body, HttpResponse& response);
  void count_fields(const Fields& fields, std::string_view query, HttpResponse& response);
  void count_plain(Line& line, std::string_view value, std::string_view query, HttpResponse& response);
  void count_typed(Line& line, const Fields& fields, std::string_view query, HttpResponse& response);
  void count_one(const Line& line, std::string_view query, HttpResponse& response);
  void count_lines(std::string_view body, HttpResponse& response);
  void refuse(Outcome outcome, std::string_view sent, HttpResponse& response, std::string_view message);
  void keep(Outcome outcome, std::string_view sent, const HttpResponse& response);

  SegmentWriter& writer_;
  RejectedLines& rejected_;
};

}  // namespace kilometric
