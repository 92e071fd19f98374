#include "common/settings/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

#include "common/settings/service_links.h"

namespace kilometric {
namespace {

constexpr std::string_view kPrefix = "KILOMETRIC_";
constexpr std::string_view kReaderOfTheTool = "KILOMETRIC_READER";  ///< it is the command's, and no setting
constexpr const char* kSeeHelp = "; see --help";

bool is_of(const Setting& setting, Program program) {
  return (setting.programs & static_cast<unsigned>(program)) != 0;
}

std::string help_text(Program program) {
  std::string text = fmt::format(
      "usage: {} [--flag value]...\n\n{}\n\n"
      "Every setting is a flag and an environment variable; the flag wins.\n\n",
      program_name(program), about_program(program));
  for (const Setting& setting : setting_table()) {
    if (!is_of(setting, program)) continue;
    text += fmt::format("  {:<26} --{:<15} default {}\n      {}\n      allowed: {}\n", variable_name(setting),
                        setting.flag, setting.default_value, setting.help, setting.allowed);
  }
  return text +
         "\n  --help     print this and exit\n"
         "  --version  print the version and exit\n\n"
         "More: README.md of the source, installed in /usr/share/doc/kilometric.\n";
}

/// One line, whatever the value holds.
std::string printable(std::string_view value) {
  constexpr size_t kEnough = 80;
  std::string text(value.substr(0, kEnough));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return value.size() > kEnough ? text + "..." : text;
}

void apply(const Setting& setting, const std::string& source, const std::string& text, Settings& settings) {
  try {
    setting.apply(settings, text);
  } catch (const std::exception& error) {
    const bool secret = std::string_view(setting.flag) == "redis-url";
    const std::string value = secret ? "" : "=" + printable(text);
    throw SettingError(fmt::format("{}{}: {}; allowed: {}", source, value, error.what(), setting.allowed));
  }
}

struct Credential {
  std::string path;
  std::string text;
};

/// The URL that systemd's LoadCredential= hands over; nullopt when there is no such file.
std::optional<Credential> redis_url_credential() {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  Credential found{std::string(folder) + "/redis-url", ""};
  errno = 0;
  std::ifstream file(found.path, std::ios::binary);
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  const bool opened = file.is_open();
  std::getline(file, found.text, '\0');
  if (!opened || file.bad())
    throw SettingError(found.path + ": cannot be read: " + std::generic_category().message(errno));
  found.text.erase(found.text.find_last_not_of("\r\n") + 1);
  if (found.text.empty()) throw SettingError(found.path + ": the file is empty");
  return found;
}

const char* variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr && *value != '\0' ? value : nullptr;
}

/// Those that are no setting of either program: misspelled.
void warn_of_unknown_variables(CommandLine& line) {
  const auto table = setting_table();
  const auto is_setting = [&](std::string_view name) {
    return std::any_of(table.begin(), table.end(),
                       [&](const Setting& setting) { return variable_name(setting) == name; });
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t end = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, end), value = text.substr(std::min(end + 1, text.size()));
    if (name.starts_with(kPrefix) && name != kReaderOfTheTool && !is_setting(name) &&
        !is_service_link(name, value))
      line.warnings.push_back(fmt::format("{} is no setting and does nothing; see --help", name));
  }
}

/// What the environment says; a port that Kubernetes has set is none.
const char* from_environment(const Setting& setting, std::vector<std::string>& service_links) {
  const std::string name = variable_name(setting);
  const char* value = variable(name);
  if (value == nullptr || !is_service_link(name, value)) return value;
  service_links.push_back(name + "=" + value);
  return nullptr;
}

void warn_of_service_links(const std::vector<std::string>& service_links, CommandLine& line) {
  if (service_links.empty()) return;
  line.warnings.push_back(fmt::format(
      "{}: taken as unset, as Kubernetes sets such variables for a Service of that name; set another value, or "
      "enableServiceLinks: false in the pod's spec",
      fmt::join(service_links, ", ")));
}

/// What stood on the command line, not yet looked at.
struct Flags {
  std::map<std::string, std::string> values;  ///< by flag: "port" -> "3000"
  bool help = false;
  bool version = false;
};

/// CLI11 takes the last argument first. It would read "--port= --bind ::" as port "--bind"; given
/// apart, the empty value stays one.
std::vector<std::string> reversed_arguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    std::string argument = argv[i];
    const bool empty_value = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
    if (empty_value) {
      arguments.emplace_back();
      argument.pop_back();
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// Names what nobody knows, without its value, which may be a misplaced secret.
[[noreturn]] void refuse_unknown(const std::string& argument) {
  if (argument.starts_with("-"))
    throw UsageError("unknown flag " + printable(argument.substr(0, argument.find('='))) + kSeeHelp);
  throw UsageError(std::string("an argument that belongs to no flag") + kSeeHelp);
}

Flags parse_flags(Program program, int argc, const char* const* argv, CommandLine& line) {
  Flags flags;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_flag("--help", flags.help);
  app.add_flag("--version", flags.version);
  for (const Setting& setting : setting_table())
    if (is_of(setting, program))
      app.add_option_function<std::string>(
             std::string("--") + setting.flag,
             [&flags, &setting](const std::string& text) { flags.values[setting.flag] = text; })
          ->take_last()
          ->type_name("value");
  if (program == Program::ingestd) {
    app.add_option("--role", line.role)->check(CLI::IsMember({"worker", "flusher"}));
    app.add_option("--worker", line.worker);
  }
  try {
    app.parse(reversed_arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what() + std::string(kSeeHelp));
  }
  if (!flags.help && !flags.version && app.remaining_size() > 0) refuse_unknown(app.remaining().front());
  return flags;
}

/// The files of TLS are looked at when a program starts, and again by each connection.
void check_tls(const RedisUrl& url) {
  const auto& [authorities, certificate, key] = url.tls_files;
  if (certificate.empty() != key.empty())
    throw SettingError(
        "KILOMETRIC_REDIS_CERT and KILOMETRIC_REDIS_KEY: one without the other; set both, or none");
  if (!url.tls && !(authorities + certificate).empty())
    throw SettingError(
        "KILOMETRIC_REDIS_CA, _CERT and _KEY are for TLS, and the Redis URL does not begin with rediss://, "
        "rediss-sentinel:// or rediss-cluster://");
  if (!url.tls) return;
  try {
    const auto& others = url.nodes.empty() ? url.sentinels : url.nodes;
    const TlsSession session(url.tls_files, others.empty() ? url.host : others.front().name);
  } catch (const std::runtime_error& error) {
    throw SettingError(fmt::format("KILOMETRIC_REDIS_CA, _CERT and _KEY: {}", error.what()));
  }
}

/// What each setting allows by itself, and the two together do not.
void check_together(const Settings& settings) {
  check_tls(settings.redis_url);
  if (settings.cors_origin == "*" && settings.allow_delete)
    throw SettingError(
        "KILOMETRIC_CORS_ORIGIN=* and KILOMETRIC_ALLOW_DELETE=on: any web page could delete metrics; name the "
        "one "
        "origin that may, or leave one of them out");
}

}  // namespace

std::string program_name(Program program) {
  return program == Program::ingestd ? "kilometric-ingestd" : "kilometric-readerd";
}

std::string_view about_program(Program program) {
  return program == Program::ingestd
             ? "Counts events that arrive over UDP (StatsD) and HTTP, and writes the sums to Redis."
             : "Answers HTTP queries for what kilometric-ingestd has written to Redis.";
}

CommandLine parse_command_line(Program program, int argc, const char* const* argv) {
  CommandLine line;
  const Flags flags = parse_flags(program, argc, argv, line);
  if (flags.help || flags.version) {
    line.exit = true;
    line.text = flags.help ? help_text(program) : program_name(program) + " " KILOMETRIC_VERSION "\n";
    return line;
  }
  std::vector<std::string> service_links;
  for (const Setting& setting : setting_table()) {
    if (!is_of(setting, program)) continue;
    const std::string name = variable_name(setting);
    std::string source = name, text = setting.default_value;
    if (const char* value = from_environment(setting, service_links)) text = value;
    if (const auto flag = flags.values.find(setting.flag); flag != flags.values.end()) {
      source = "--" + flag->first;
      text = flag->second;
    }
    const auto credential =
        std::string_view(setting.flag) == "redis-url" ? redis_url_credential() : std::nullopt;
    if (credential) {
      source = credential->path;
      text = credential->text;
    }
    apply(setting, source, text, line.settings);
    // These may mean something else by the time a child is started again.
    if (text == "cores") text = std::to_string(line.settings.workers);
    if (std::string_view(setting.flag) == "bind") text = fmt::format("{}", fmt::join(line.settings.bind, ","));
    if (!credential) line.environment.emplace_back(name, text);
  }
  check_together(line.settings);
  warn_of_service_links(service_links, line);
  warn_of_unknown_variables(line);
  return line;
}

}  // namespace kilometric
