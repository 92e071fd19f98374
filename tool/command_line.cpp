#include "tool/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/settings/service_links.h"
#include "tool/failure.h"
#include "tool/show/terminal.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr const char* kReaderVariable = "KILOMETRIC_READER";
constexpr const char* kPortVariable = "KILOMETRIC_READER_PORT";

constexpr const char* kAbout =
    "usage: kilometric <verb> [argument]... [--option]...\n\n"
    "Reads what kilometric-ingestd counts, from kilometric-readerd, and looks after both.\n\n";

constexpr const char* kExamples =
    "\nTo begin with:\n\n"
    "  kilometric keys --tree          what there is\n"
    "  kilometric read my-metric       the last hour of it, drawn\n"
    "  kilometric tail 'web.*'         what comes, as it is written\n\n"
    "`kilometric help <verb>` says more of one. Data goes to stdout, talk to stderr. Exit status: 0 all is\n"
    "well, 1 nothing found, or what was found is bad, 2 a bad command line, 69 who is asked does not answer.\n";

/// The value of a variable that is set, and was not set by Kubernetes for a Service.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || is_service_link(name, value) ? "" : value;
}

std::string usual_reader() {
  if (const std::string reader = variable(kReaderVariable); !reader.empty()) return reader;
  const std::string port = variable(kPortVariable);
  return "http://127.0.0.1:" + (port.empty() ? "3001" : port);
}

void add_option(CLI::App& app, const Option& option) {
  if (const auto* flag = std::get_if<bool*>(&option.into))
    app.add_flag(option.name, **flag);
  else if (const auto* text = std::get_if<std::string*>(&option.into))
    app.add_option(option.name, **text)->type_name(option.takes)->take_last();
  else
    app.add_option(option.name, **std::get_if<std::vector<std::string>*>(&option.into))
        ->type_name(option.takes)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string option_lines(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    std::string head = option.name;
    if (const size_t comma = head.find(','); comma != std::string::npos) head.replace(comma, 1, ", ");
    if (*option.takes != '\0') head += std::string(" ") + option.takes;
    text += fmt::format("  {:<18} {}\n", head, option.help);
  }
  return text;
}

[[noreturn]] void refuse(const Verb& verb, const std::string& why) {
  throw Failure(kUsage, fmt::format("{}: {}; see kilometric help {}", verb.name, printable(why), verb.name));
}

void check_arguments(const Verb& verb) {
  const size_t count = verb.positional == nullptr ? 0 : verb.positional->size();
  if (count < verb.least_arguments) refuse(verb, fmt::format("{} is missing", verb.arguments));
  if (count > verb.most_arguments) refuse(verb, "too many arguments");
}

int run(const Verb& verb, std::vector<std::string> arguments) {
  Common common;
  bool help = false;
  CLI::App app;
  app.set_help_flag();
  app.add_flag("--help,-h", help);
  for (const Option& option : verb.options) add_option(app, option);
  for (const Option& option : common_options(common)) add_option(app, option);
  std::vector<std::string> none;
  app.add_option("arguments", verb.positional == nullptr ? none : *verb.positional)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  std::ranges::reverse(arguments);  // CLI11 takes the last one first
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (!help) refuse(verb, error.what());
  }
  if (help) {
    put(help_text(verb));
    return 0;
  }
  if (!none.empty()) refuse(verb, "it takes no arguments");
  check_arguments(verb);
  if (common.reader.empty()) common.reader = usual_reader();
  return verb.run(common);
}

const Verb& verb_named(std::span<const Verb> verbs, std::string_view name) {
  const auto found =
      std::ranges::find(verbs, name, [](const Verb& verb) { return std::string_view(verb.name); });
  if (found == verbs.end())
    throw Failure(kUsage, fmt::format("{} is no verb; kilometric help lists them", printable(name)));
  return *found;
}

}  // namespace

std::vector<Option> common_options(Common& common) {
  return {
      {"--json", "", "data as JSON", &common.json},
      {"--reader", "URL", "of kilometric-readerd; or KILOMETRIC_READER; http://127.0.0.1:3001", &common.reader},
      {"--verbose,-v", "", "tell on stderr how curl would ask", &common.verbose},
  };
}

int run_command_line(std::span<const Verb> verbs, int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const std::string_view first = words.empty() ? "help" : std::string_view(words[0]);
  if (first == "help" || first == "--help" || first == "-h")
    put(words.size() > 1 ? help_text(verb_named(verbs, words[1])) : help_text(verbs));
  else if (first == "--version")
    put("kilometric " KILOMETRIC_VERSION "\n");
  else
    return run(verb_named(verbs, first), {words.begin() + 1, words.end()});
  return 0;
}

std::string help_text(std::span<const Verb> verbs) {
  std::string text = kAbout;
  for (const Verb& verb : verbs)
    text += fmt::format("  {:<22} {}\n", fmt::format("{} {}", verb.name, verb.arguments), verb.about);
  return text + kExamples;
}

std::string help_text(const Verb& verb) {
  Common common;
  const std::string_view blank = *verb.arguments == '\0' ? "" : " ";
  std::string text = fmt::format("usage: kilometric {}{}{} [--option]...\n\n{}.\n\n", verb.name, blank,
                                 verb.arguments, verb.about);
  text += option_lines(verb.options);
  text += option_lines(common_options(common));
  return text + (*verb.more == '\0' ? "" : "\n") + verb.more;
}

}  // namespace kilometric::tool
