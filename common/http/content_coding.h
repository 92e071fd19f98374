// The body of a request that says `Content-Encoding`, as it was before: gzip (or x-gzip), deflate, identity.
//
// /track calls it before it looks at a body. It comes from strangers: a small body may stand for a huge one, so
// that nothing beyond the limit is decoded. What cannot be decoded is a Refusal: 415 for an unknown coding, 413
// for too long a body, 400 for what is not coded as it says.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/http/refusal.h"

namespace kilometric {

/// Header lines that tell a client which codings there are, for an answer of 415.
inline constexpr std::string_view kAcceptedCodings = "Accept-Encoding: gzip, deflate\r\n";

/// `codings`: the header's value; `most`: bytes of the body that is returned.
std::variant<std::string, Refusal> decode_body(std::string_view codings, std::string_view body, size_t most);

}  // namespace kilometric
