// What shells complete, made of the tables that make --help.
//
// Called by tool/make_manual.cpp when the project is built.
#pragma once

#include <span>
#include <string>

#include "common/settings/settings.h"
#include "tool/verb.h"

namespace kilometric::tool {

std::string bash_completion(std::span<const Verb> verbs);
std::string bash_completion(Program program);
std::string zsh_completion(std::span<const Verb> verbs);  ///< of the daemons, too

}  // namespace kilometric::tool
