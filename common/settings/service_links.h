// The variables that Kubernetes sets in every container for each Service of its namespace. For a Service named
// kilometric, kilometric-udp or kilometric-reader some of them bear the names of our settings, such as
// KILOMETRIC_PORT=tcp://10.96.0.12:3000.
//
// The command line asks, of each variable whose name is ours. It never fails: what is not clearly such a
// variable is none, and is treated as any other.
#pragma once

#include <string_view>

namespace kilometric {

/// "tcp://10.96.0.12:3000": a protocol, a numeric address ([...] for IPv6) and a port, and nothing else.
bool is_service_url(std::string_view value);

/// Whether Kubernetes sets such a variable for a Service: that one, and those beside it, which are no settings.
bool is_service_link(std::string_view name, std::string_view value);

}  // namespace kilometric
