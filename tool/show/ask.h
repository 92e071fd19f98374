// Asks whoever sits at the terminal.
#pragma once

#include <string_view>

namespace kilometric::tool {

/// True after "y" or "yes". Without a terminal at stdin nobody can be asked: throws Failure with status 2.
bool agrees(std::string_view question);

}  // namespace kilometric::tool
