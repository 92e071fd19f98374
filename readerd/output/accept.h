// Which answer a client takes: the format that its `Accept` asks for, and the codings that its
// `Accept-Encoding` allows, by RFC 9110. A weight of 0 is a no.
//
// Called for each request to /read.
#pragma once

#include <optional>
#include <string_view>

#include "readerd/output/output.h"

namespace kilometric {

/// The format of the greatest weight; among equals the one that is named first, and JSON before others that a
/// star stands for. nullopt when the client takes none. One that names other formats alone gets JSON.
std::optional<Format> accepted_format(std::string_view accept);

struct Codings {
  bool gzip;      ///< is taken, and at least as gladly as no coding
  bool identity;  ///< no coding is taken
};

Codings accepted_codings(std::string_view accept_encoding);

}  // namespace kilometric
