#include "tool/manual/pages.h"

#include <fmt/format.h>

#include "common/settings/command_line.h"
#include "tool/command_line.h"
#include "tool/manual/roff.h"

namespace kilometric::tool {
namespace {

constexpr std::string_view kSeeAlso =
    "kilometric(1), kilometric.env(5), kilometric-ingestd(8), kilometric-readerd(8); README.md and docs/ in\n"
    "/usr/share/doc/kilometric\n";

constexpr std::string_view kDaemonStatus =
    "64 a bad command line, 69 a port or a folder is in use, 70 anything else, 78 a bad setting; one line on "
    "stderr\n"
    "says what to fix. 0 after SIGTERM or SIGINT: what was accepted is counted and flushed, what was asked is "
    "answered.\n";

bool is_of(const Setting& setting, Program program) {
  return (setting.programs & static_cast<unsigned>(program)) != 0;
}

std::string words_of(const Setting& setting) {
  return fmt::format("{}.\nAllowed: {}.\nDefault: {}.\n", setting.help, setting.allowed, setting.default_value);
}

std::string daemons_of(const Setting& setting) {
  const bool ingestd = is_of(setting, Program::ingestd), readerd = is_of(setting, Program::readerd);
  return ingestd && readerd ? "both daemons" : ingestd ? "kilometric-ingestd" : "kilometric-readerd";
}

std::string option_items(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    std::string term = option.name;
    if (const size_t comma = term.find(','); comma != std::string::npos) term.replace(comma, 1, ", ");
    if (*option.takes != '\0') term += fmt::format(" {}", option.takes);
    text += roff_item(term, option.help);
  }
  return text;
}

}  // namespace

std::string daemon_page(Program program) {
  const std::string name = program_name(program);
  std::string text = roff_title(name, 8,
                                program == Program::ingestd ? "counts events and writes the sums to Redis"
                                                            : "answers queries for what was counted");
  text += roff_heading("SYNOPSIS") + fmt::format(".B {}\n", name) + roff_text("[--flag value]...");
  text += roff_heading("DESCRIPTION") + roff_text(about_program(program)) +
          roff_text(
              "It is a service: its units are kilometric-ingestd.service and kilometric-readerd.service, which "
              "read\n"
              "/etc/kilometric/kilometric.env.");
  text += roff_heading("OPTIONS") +
          roff_text("Every setting is a flag and an environment variable; the flag wins.");
  for (const Setting& setting : setting_table())
    if (is_of(setting, program))
      text += roff_item(fmt::format("--{} VALUE, {}", setting.flag, variable_name(setting)), words_of(setting));
  text +=
      roff_item("--help", "Prints them and exits.") + roff_item("--version", "Prints the version and exits.");
  return text + roff_heading("EXIT STATUS") + roff_text(kDaemonStatus) + roff_heading("SEE ALSO") +
         roff_text(kSeeAlso);
}

std::string settings_page() {
  std::string text = roff_title("kilometric.env", 5, "settings of Kilometric's services");
  text += roff_heading("DESCRIPTION") +
          roff_text(
              "/etc/kilometric/kilometric.env is an environment file of systemd: a line NAME=value for each "
              "setting, and\n"
              "comments behind #. Both services read it at their start: systemctl restart kilometric-ingestd\n"
              "kilometric-readerd. A bad setting stops a start with one line that says what is allowed. A "
              "Redis URL with a\n"
              "password goes into /etc/credstore/kilometric.redis-url (mode 0600) instead.");
  text += roff_heading("SETTINGS");
  for (const Setting& setting : setting_table())
    text += roff_item(variable_name(setting), fmt::format("Of {}: {}", daemons_of(setting), words_of(setting)));
  return text + roff_heading("SEE ALSO") + roff_text(kSeeAlso);
}

std::string tool_page(std::span<const Verb> verbs) {
  Common common;
  std::string text = roff_title("kilometric", 1, "reads what is counted, and looks after Kilometric's daemons");
  text += roff_heading("SYNOPSIS") + ".B kilometric\n" + roff_text("verb [argument]... [--option]...");
  text += roff_heading("DESCRIPTION") +
          roff_text(
              "Asks kilometric-readerd by HTTP; some verbs look into the folders of a kilometric-ingestd on "
              "this host.\n"
              "Data goes to stdout, talk to stderr; colours are for terminals, unless NO_COLOR is set.");
  text += roff_heading("OPTIONS") + roff_text("Of every verb:") + option_items(common_options(common));
  text += roff_heading("VERBS");
  for (const Verb& verb : verbs) {
    text += fmt::format(".SS {}\n", verb.name);
    text += roff_text(fmt::format("kilometric {} {}", verb.name, verb.arguments)) + ".PP\n" +
            roff_text(fmt::format("{}.", verb.about));
    text += option_items(verb.options) + roff_verbatim(verb.more);
  }
  text += roff_heading("ENVIRONMENT") +
          roff_item("KILOMETRIC_READER",
                    "The URL of kilometric-readerd. Unless it is set: http://127.0.0.1, and the port of "
                    "KILOMETRIC_READER_PORT, or 3001.") +
          roff_item("NO_COLOR", "No colours, whatever it is set to.");
  text += roff_heading("EXIT STATUS") + roff_text(
                                            "0 all is well; 1 nothing found, or what was found is bad; 2 a bad "
                                            "command line; 69 who is asked does not\n"
                                            "answer, or Redis is away.");
  return text + roff_heading("SEE ALSO") + roff_text(kSeeAlso);
}

}  // namespace kilometric::tool
