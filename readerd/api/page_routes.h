// `GET /` and `GET /page/<file>`: the page, out of the program itself. It asks nobody but this reader, may be
// kept by a browser that asks each time whether it has changed, and works below a proxy's path, as its links
// are relative.
//
// Names of metrics come from strangers. The headers let the page's own scripts and styles run, and no others,
// and forbid what would turn a text into markup. https://www.w3.org/TR/CSP3/
#pragma once

#include <string_view>

#include "common/http/server.h"

namespace kilometric {

/// "/" or "/page", of which a path is; empty: of neither.
std::string_view page_route_of(std::string_view path);

/// Requires a path of one of these routes.
void send_page(const HttpRequest& request, HttpResponse response);

}  // namespace kilometric
