// The settings of the services on this host, which their units read from a file.
//
// Adopted once, by main(), before anything looks at a variable: so who may read the file, root, asks what the
// services ask. Requires that no other thread runs.
#pragma once

#include <istream>
#include <string>
#include <utility>
#include <vector>

namespace kilometric::tool {

inline constexpr const char* kServiceSettings = "/etc/kilometric/kilometric.env";

/// (name, value) of each KILOMETRIC_ variable in a file as systemd reads it; a value may stand in quotes.
std::vector<std::pair<std::string, std::string>> parse_environment_file(std::istream& file);

/// Sets the variables of the file that this shell has not set. False when there is none, or none that may be
/// read.
bool adopt_service_settings();

}  // namespace kilometric::tool
