// The line of an answer's head that says of which kind its metrics are, when the request left that open:
//
//   Kilometric-Kind: timer
//   Kilometric-Kind: counter; also gauge, timer
//
// Called by the requests that read values. It is left out where there is nothing to say: of a counter, when
// there is no other metric of its name.
#pragma once

#include <string>

#include "readerd/keys/key_lookup.h"

namespace kilometric {

/// With its line's end; or empty. Requires that the lookup left the kind open.
std::string kind_header(const FoundKeys& found);

}  // namespace kilometric
