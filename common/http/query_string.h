// `application/x-www-form-urlencoded`: the query of a URL, or a form body.
//
// Called by /track and by the reader's queries, with bytes of strangers. What is badly encoded is nullopt,
// which the caller answers with 400.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kilometric {

/// Decodes %XX and '+'. nullopt when a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

/// Encodes everything but unreserved characters (RFC 3986), so that percent_decode gives it back.
std::string percent_encode(std::string_view text);

/// The parameters of `query`, decoded, in order.
class QueryString {
 public:
  /// nullopt when a name or value is badly encoded.
  static std::optional<QueryString> parse(std::string_view query);

  /// The first value of `name`; nullptr when absent. "a" and "a=" both give the empty string.
  const std::string* find(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& all() const { return parameters_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace kilometric
