#include "tool/manual/completion.h"

#include <fmt/format.h>

#include <string_view>

#include "common/settings/command_line.h"
#include "tool/command_line.h"

namespace kilometric::tool {
namespace {

/// The long names: "--verbose" of "--verbose,-v".
std::string_view long_name(const Option& option) {
  const std::string_view name = option.name;
  return name.substr(0, name.find(','));
}

template <class Use>
void for_each_option(const Verb& verb, Use use) {
  Common common;
  for (const Option& option : verb.options) use(option);
  for (const Option& option : common_options(common)) use(option);
}

std::string option_words(const Verb& verb) {
  std::string words;
  for_each_option(verb, [&](const Option& option) {
    words += fmt::format("{}{}", words.empty() ? "" : " ", long_name(option));
  });
  return words;
}

std::string flag_words(Program program) {
  std::string words = "--help --version";
  for (const Setting& setting : setting_table())
    if ((setting.programs & static_cast<unsigned>(program)) != 0) words += fmt::format(" --{}", setting.flag);
  return words;
}

bool takes_keys(const Verb& verb) {
  const std::string_view arguments = verb.arguments;
  return arguments.find("KEY") != std::string_view::npos || arguments.find("PATTERN") != std::string_view::npos;
}

/// In single quotes of a shell, within brackets of _arguments.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':')
      out += fmt::format("\\{}", c);
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string bash_completion(std::span<const Verb> verbs) {
  std::string names = "help", cases, with_keys;
  for (const Verb& verb : verbs) {
    names += fmt::format(" {}", verb.name);
    cases += fmt::format("    {}) options='{}' ;;\n", verb.name, option_words(verb));
    if (takes_keys(verb)) with_keys += fmt::format("{}{}", with_keys.empty() ? "" : "|", verb.name);
  }
  return fmt::format(R"(# bash completion for kilometric; made from its own tables
_kilometric() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} verb=${{COMP_WORDS[1]}} options=
  COMPREPLY=()
  if ((COMP_CWORD == 1)) || [[ $verb == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$current")
    return
  fi
  case $verb in
{}  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  case $verb in
    {}) mapfile -t COMPREPLY < <(kilometric keys "$current*" 2>/dev/null | head -n 200 | cut -c 9- | sort -u) ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  esac
}}
complete -F _kilometric kilometric
)",
                     names, cases, with_keys);
}

std::string bash_completion(Program program) {
  return fmt::format("# bash completion for {0}; made from its own tables\ncomplete -o default -W '{1}' {0}\n",
                     program_name(program), flag_words(program));
}

std::string zsh_completion(std::span<const Verb> verbs) {
  std::string names, cases;
  for (const Verb& verb : verbs) {
    names += fmt::format("    '{}:{}'\n", verb.name, quoted(verb.about));
    std::string options;
    for_each_option(verb, [&](const Option& option) {
      options += fmt::format(" \\\n        '{}[{}]{}'", long_name(option), quoted(option.help),
                             *option.takes == '\0' ? "" : fmt::format(":{}:", quoted(option.takes)));
    });
    cases += fmt::format("      {}) _arguments{} \\\n        '*:argument:_default' ;;\n", verb.name, options);
  }
  return fmt::format(R"(#compdef kilometric kilometric-ingestd kilometric-readerd
# made from the commands' own tables
case $service in
  kilometric-ingestd) compadd -- {}; return ;;
  kilometric-readerd) compadd -- {}; return ;;
esac
local -a verbs
verbs=(
{})
if ((CURRENT == 2)); then
  _describe verb verbs
else
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
{}  esac
fi
)",
                     flag_words(Program::ingestd), flag_words(Program::readerd), names, cases);
}

}  // namespace kilometric::tool
