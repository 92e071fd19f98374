// The answer of /functions: what there is, in the form that Grafana's editor reads. It offers just these.
#pragma once

#include <string>

namespace kilometric::graphite {

std::string functions_json();

}  // namespace kilometric::graphite
