// The daemons' settings, as this shell would start them, or those of the services
// (tool/local/service_settings.h): what is asked on this host goes where they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric::tool {

/// The variable's text, or the default; Kubernetes' links of a Service count for nothing. Requires a setting's
/// flag, "udp-port".
std::string setting_text(std::string_view flag);

/// The UDP port that lines come to: of the option --port, or when that is empty of the settings. Throws
/// Failure.
uint16_t udp_port(const std::string& option);

}  // namespace kilometric::tool
