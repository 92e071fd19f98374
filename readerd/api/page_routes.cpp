#include "readerd/api/page_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "readerd/output/accept.h"
#include "readerd/page/page_file.h"

namespace kilometric {
namespace {

constexpr std::string_view kFolder = "/page/";

constexpr std::string_view kHeaders =
    "Cache-Control: no-cache\r\n"
    "Vary: Accept-Encoding\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

/// The file at a path; nullptr: there is none.
const PageFile* file_at(std::string_view path) {
  const auto files = page_files();
  if (path == "/") return &files.front();
  path.remove_prefix(kFolder.size());
  const auto found = std::ranges::find(files, path, &PageFile::name);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

std::string_view page_route_of(std::string_view path) {
  if (path == "/") return "/";
  return path.starts_with(kFolder) ? "/page" : "";
}

void send_page(const HttpRequest& request, HttpResponse response) {
  const PageFile* const file = file_at(request.path);
  if (file == nullptr) return send_error(response, 404, "the page has no such file; it begins at /");
  const bool gzip = accepted_codings(request.header_list("accept-encoding")).gzip;
  // A client that has it in the other coding may go on with that: the content is the same.
  const std::string tag = fmt::format("W/\"{}\"", file->hash);
  const std::string headers = fmt::format("ETag: {}\r\n{}", tag, kHeaders);
  if (request.header_list("if-none-match").find(tag) != std::string::npos)
    return response.send(304, {}, {}, headers);
  if (!gzip) return response.send(200, file->type, file->content, headers);
  response.send(200, file->type, file->compressed, headers + "Content-Encoding: gzip\r\n");
}

}  // namespace kilometric
