// Why a request gets no result: the answer's status, and words that say what to do about it.
//
// The parser refuses what is no request; the reader's stages return a Refusal in place of what was asked for,
// up to whoever holds the response and sends it.
#pragma once

#include <string>

#include "common/http/response.h"

namespace kilometric {

struct Refusal {
  int status = 400;
  std::string message;
};

/// A 503 passes by itself, so it says when to come back.
inline void send_refusal(HttpResponse& response, const Refusal& refusal) {
  send_error(response, refusal.status, refusal.message, refusal.status == 503 ? "Retry-After: 1\r\n" : "");
}

}  // namespace kilometric
