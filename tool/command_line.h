// The command line, held against the tables of the verbs; and the text of --help, made of them.
//
// main() calls it. What cannot be understood is a Failure with status 2.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tool/verb.h"

namespace kilometric::tool {

/// Does what the command line says. Returns the exit status.
int run_command_line(std::span<const Verb> verbs, int argc, const char* const* argv);

/// What every verb has, beside its own.
std::vector<Option> common_options(Common& common);

/// Of all, and of one, here and below.
std::string help_text(std::span<const Verb> verbs);
std::string help_text(const Verb& verb);

}  // namespace kilometric::tool
