// What a program is started with: flags, environment and credential, read into Settings.
//
// main() of both programs calls it first. A flag wins over the environment; a variable set to the empty string
// counts as unset. A bad setting throws SettingError, a bad command line UsageError: one line, without any
// value that may be a secret.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/settings/settings.h"

namespace kilometric {

/// An unknown flag, a flag without its value: one line. Callers exit with EX_USAGE, where a
/// SettingError means EX_CONFIG.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the command line asks for.
struct CommandLine {
  Settings settings;
  bool exit = false;  ///< --help or --version: print `text` on stdout and exit 0
  std::string text;
  std::string role;     ///< hidden option of ingestd: empty, "worker" or "flusher"
  unsigned worker = 0;  ///< hidden: the worker's index

  /// Every setting of the program as (KILOMETRIC_X, text): the environment of child processes, whose
  /// argv then holds no secret. What came from a credential is left out: they read it themselves.
  std::vector<std::pair<std::string, std::string>> environment;

  /// What main() is to log as warnings: variables that do nothing, each with the reason.
  std::vector<std::string> warnings;
};

std::string program_name(Program program);        ///< "kilometric-ingestd"
std::string_view about_program(Program program);  ///< what it does, in a sentence

/// Reads flags, the environment, and `$CREDENTIALS_DIRECTORY/redis-url`, which wins over both.
/// Throws SettingError or UsageError.
CommandLine parse_command_line(Program program, int argc, const char* const* argv);

}  // namespace kilometric
