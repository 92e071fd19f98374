// A complete request, as a handler gets it.
//
// The connection's parser owns what the views show: they live until the handler returns, so a handler copies
// what it needs later.
#pragma once

#include <llhttp.h>

#include <string>
#include <string_view>

#include "common/http/headers.h"

namespace kilometric {

struct HttpRequest {
  llhttp_method_t method;
  std::string_view path;   ///< as sent, without the query: "/track"
  std::string_view query;  ///< as sent, without the '?'; see common/http/query_string.h
  std::string_view body;   ///< whole; chunks already joined
  const HttpHeaders* headers;

  /// The header's value, outer blanks removed; empty when absent. `lowercase_name` as "content-type".
  std::string_view header(std::string_view lowercase_name) const { return headers->find(lowercase_name); }
  /// The values of all headers of that name: a list may come in several.
  std::string header_list(std::string_view lowercase_name) const { return headers->list(lowercase_name); }
};

}  // namespace kilometric
