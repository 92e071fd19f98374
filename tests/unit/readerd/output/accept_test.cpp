#include "readerd/output/accept.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/output");

TEST_CASE("the format by Accept") {
  struct Row {
    const char* accept;
    std::optional<Format> format;
  };
  const Row rows[] = {
      {"", Format::json},
      {"*/*", Format::json},
      {"text/html", Format::json},
      {"text/html, image/avif, */*;q=0.8", Format::json},
      {"text/csv", Format::csv},
      {"TEXT/CSV", Format::csv},
      {"text/*", Format::csv},
      {"text/csv;header=present", Format::csv},
      {"application/x-ndjson, */*", Format::ndjson},
      {"application/json, text/csv", Format::json},
      {"text/csv, application/json", Format::csv},
      {"text/csv;q=0.5, application/json", Format::json},
      {"text/csv;q=0.5, application/json;q=0.4", Format::csv},
      {"*/*;q=0.1, text/csv;q=0.2", Format::csv},
      {"text/csv;q=0", Format::json},
      {"text/csv;q=0, */*", Format::json},
      {"application/json;q=0, text/csv", Format::csv},
      {"application/json;q=0, */*", Format::csv},
      {"application/json;Q=0.0, text/csv; q=0, */*;q=0.1", Format::ndjson},
      {"*/*;q=0, text/csv;q=0.001", Format::csv},
      {"application/json;q=0", std::nullopt},
      {"*/*;q=0", std::nullopt},
      {"application/*;q=0", std::nullopt},
  };
  for (const Row& row : rows) CHECK_MESSAGE(accepted_format(row.accept) == row.format, row.accept);
}

TEST_CASE("the codings by Accept-Encoding") {
  struct Row {
    const char* accept;
    bool gzip, identity;
  };
  const Row rows[] = {
      {"", false, true},
      {"gzip", true, true},
      {"GZIP", true, true},
      {"x-gzip", true, true},
      {"br, deflate", false, true},
      {"gzip, deflate, br", true, true},
      {"gzipped", false, true},
      {"gzip;q=0", false, true},
      {"gzip;q=0.0", false, true},
      {"gzip; Q=0.000", false, true},
      {"gzip;q=0.001", true, true},
      {"*", true, true},
      {"*;q=0.5", true, true},
      {"gzip;q=0, *", false, true},
      {"gzip;q=0.5, identity", false, true},
      {"gzip;q=0.5, identity;q=0.4", true, true},
      {"identity;q=0", false, false},
      {"*;q=0", false, false},
      {"gzip, *;q=0", true, false},
      {"gzip, identity;q=0", true, false},
      {"identity, *;q=0", false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.accept);
    CHECK(accepted_codings(row.accept).gzip == row.gzip);
    CHECK(accepted_codings(row.accept).identity == row.identity);
  }
}
