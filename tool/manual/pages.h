// The manual pages, made of the tables that make --help: the settings' (common/settings/settings.h) and the
// verbs' (tool/verb.h), so that they cannot differ.
//
// Called by tool/make_manual.cpp when the project is built.
#pragma once

#include <span>
#include <string>

#include "common/settings/settings.h"
#include "tool/verb.h"

namespace kilometric::tool {

std::string daemon_page(Program program);  ///< kilometric-ingestd(8), kilometric-readerd(8)
std::string settings_page();               ///< kilometric.env(5)
std::string tool_page(std::span<const Verb> verbs);

}  // namespace kilometric::tool
