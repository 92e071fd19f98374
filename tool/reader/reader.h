// The kilometric-readerd that is asked.
//
// Owned by the verb that asks. A refusal of readerd's is a Failure in its own words: status 2 for a bad
// parameter, 69 when Redis is away, 1 for anything else.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tool/http/exchange.h"
#include "tool/http/url.h"
#include "tool/reader/json.h"
#include "tool/reader/query.h"
#include "tool/verb.h"

namespace kilometric::tool {

class Reader {
 public:
  explicit Reader(const Common& common);

  HttpAnswer get(const Query& query) const;
  Json get_json(const Query& query) const;

  /// Whatever its status is.
  HttpAnswer ask(std::string_view method, const Query& query) const;

  /// One whose answer has no end: its head is there, and its body is taken as it comes.
  std::unique_ptr<Exchange> follow(const Query& query) const;

  const Url& url() const { return url_; }

 private:
  void tell(std::string_view method, const Query& query, std::string_view options) const;

  Url url_;
  bool verbose_;
};

/// Throws the Failure that an answer means, unless it is a 2xx.
void refuse_failed(const HttpAnswer& answer, const Url& url);

}  // namespace kilometric::tool
