// Whether a browser's page may delete. A request that a page sends names the page by its `Origin`; curl and
// programs send none, and may.
//
// A page of another site cannot reach this far unless it was let (KILOMETRIC_CORS_ORIGIN); one whose name was
// made to lead to this machine (DNS rebinding) has the same name in its `Origin` and the request's `Host`, so
// such a name is trusted only if it cannot be made to: an address, or localhost.
#pragma once

#include <string_view>

namespace kilometric {

/// `origin`: of the request; empty: it has none. `allowed`: what KILOMETRIC_CORS_ORIGIN says.
bool may_delete(std::string_view origin, std::string_view host, std::string_view allowed);

}  // namespace kilometric
