// Text for manual pages, in the macros of man(7).
//
// Called by tool/manual/pages.h alone. Whatever a text holds, it is shown as it is and commands nothing.
#pragma once

#include <string>
#include <string_view>

namespace kilometric::tool {

/// A line of text, or several.
std::string roff_text(std::string_view text);

std::string roff_heading(std::string_view name);                      ///< .SH
std::string roff_item(std::string_view term, std::string_view text);  ///< .TP, the term in bold
std::string roff_verbatim(std::string_view text);                     ///< lines that stay as they are
std::string roff_title(std::string_view name, int section, std::string_view about);

}  // namespace kilometric::tool
