// What a request's head has to be beyond what strict lines (common/http/lines.h) and llhttp demand, and the
// words for whoever sent one that is not: what to fix.
//
// The parser asks here when a head is complete, and wherever it stops. A refusal ends the connection.
#pragma once

#include <llhttp.h>

#include <optional>
#include <string_view>

#include "common/http/limits.h"
#include "common/http/refusal.h"
#include "common/http/request_text.h"

namespace kilometric {

/// What is wrong with a head that llhttp has taken as well-formed, if anything is.
std::optional<Refusal> refuse_head(const llhttp_t& llhttp, const HttpRequestText& text,
                                   const HttpLimits& limits);

/// Where llhttp stopped by itself; in place of its own words.
Refusal refuse_as_malformed(const llhttp_t& llhttp);

Refusal refuse_request_line();
Refusal refuse_long_body(const HttpLimits& limits);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace kilometric
