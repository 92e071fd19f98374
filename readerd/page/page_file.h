// The files of the page that a browser sees at `/`, as they lie in this folder: embed.py makes them part of the
// program.
//
// Called by readerd/api/page_routes.h.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace kilometric {

struct PageFile {
  std::string_view name;  ///< such as "page.css"
  std::string_view type;  ///< its media type
  std::string_view hash;  ///< of its content, in hexadecimal
  std::string_view content;
  std::string_view compressed;  ///< by gzip
};

/// All of them; the first is the page itself.
std::span<const PageFile> page_files();

}  // namespace kilometric
