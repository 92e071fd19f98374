#include "common/settings/settings.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "common/cores.h"
#include "common/listen.h"
#include "common/settings/command_line.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/settings");
using namespace std::chrono_literals;

namespace {

using Arguments = std::vector<const char*>;
using Addresses = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

/// The environment of one case: no setting but `variables`, and afterwards as before.
class Environment {
 public:
  explicit Environment(const Variables& variables) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      const std::string name = text.substr(0, text.find('='));
      if (name.starts_with("KILOMETRIC_") || name == "CREDENTIALS_DIRECTORY")
        before_[name] = text.substr(name.size() + 1);
    }
    for (const auto& [name, value] : before_) unsetenv(name.c_str());
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    mine_ = variables;
  }
  ~Environment() {
    for (const auto& [name, value] : mine_) unsetenv(name.c_str());
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  Variables before_, mine_;
};

CommandLine parse(Arguments arguments, const Variables& variables = {}, Program program = Program::ingestd) {
  const Environment environment(variables);
  arguments.insert(arguments.begin(), "kilometric");
  return parse_command_line(program, static_cast<int>(arguments.size()), arguments.data());
}

template <class Error>
std::string error_of(const Arguments& arguments, const Variables& variables = {},
                     Program program = Program::ingestd) {
  try {
    parse(arguments, variables, program);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string setting_error(const Arguments& arguments, const Variables& variables = {}) {
  return error_of<SettingError>(arguments, variables);
}
std::string usage_error(const Arguments& arguments, Program program = Program::ingestd) {
  return error_of<UsageError>(arguments, {}, program);
}

/// A folder with a file redis-url.
struct CredentialFolder {
  explicit CredentialFolder(const std::string& content) {
    char name[] = "/tmp/kilometric-unit-XXXXXX";
    path = mkdtemp(name);
    std::ofstream(path / "redis-url") << content;
  }
  ~CredentialFolder() { std::filesystem::remove_all(path); }
  Variables variables() const { return {{"CREDENTIALS_DIRECTORY", path}}; }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("defaults") {
  const Settings settings = parse({}).settings;
  CHECK(settings.redis_url.display() == "redis://localhost:6379/0");
  CHECK(settings.flush_interval == 10s);
  CHECK(settings.port == 3000);
  CHECK(settings.udp_port == 8125);
  CHECK(settings.reader_port == 3001);
  CHECK(settings.bind == loopback_addresses());
  CHECK(settings.workers == std::min(usable_cores(), 64u));
  CHECK(settings.runtime_dir == "/run/kilometric");
  CHECK(settings.state_dir == "/var/lib/kilometric");
  CHECK(settings.max_keys == 1'000'000);
  CHECK(settings.spool_limit == uint64_t{1} << 30);
  CHECK(!settings.retention_raw);
  CHECK(!settings.retention_raw_timers);
  CHECK(!settings.retention_raw_sets);
  CHECK(!settings.retention_points);
  CHECK(!settings.retention_hour);
  CHECK(!settings.retention_day);
  CHECK((settings.keep_tags && settings.tags.empty() && settings.tags_in_name == '\0'));
  CHECK(settings.gauge_signs_add);
  CHECK(parse({}, {}, Program::readerd).settings.gauge_stale == 300s);
  CHECK(settings.log_level == "info");
}

TEST_CASE("a unix socket has an absolute path that fits, or is none") {
  const auto path = [](std::string text) {
    return parse({"--unix-datagram", text.c_str()}).settings.unix_datagram;
  };
  CHECK(path("none").empty());
  CHECK(path("/run/a/../b.socket") == "/run/b.socket");
  CHECK(path("b.socket").is_absolute());
  CHECK(path("/" + std::string(106, 'a')).native().size() == 107);
  CHECK_THROWS_AS(path("/" + std::string(107, 'a')), SettingError);
  CHECK_THROWS_AS(path(""), SettingError);
  CHECK(parse({}).settings.socket_mode == 0660);
  CHECK(parse({"--socket-mode", "0777"}).settings.socket_mode == 0777);
  for (const char* mode : {"0", "060", "1777", "668", "rw", "", "-600"})
    CHECK_THROWS_AS(parse({"--socket-mode", mode}), SettingError);
}

TEST_CASE("a retention is keep, or a number of hours, days, weeks or years") {
  const auto hours = [](const char* text) { return parse({"--retention-raw", text}).settings.retention_raw; };
  CHECK(!hours("keep"));
  CHECK(hours("2h") == 2h);
  CHECK(hours("24h") == 24h);
  CHECK(hours("1d") == 24h);
  CHECK(hours("30d") == 720h);
  CHECK(hours("2w") == 336h);
  CHECK(hours("1y") == 8760h);
  CHECK(hours("1000y") == 8'760'000h);
  CHECK(parse({"--retention-hour", "25h"}).settings.retention_hour == 25h);
  CHECK(parse({"--retention-points", "24h"}).settings.retention_points == 24h);
  CHECK(parse({"--retention-day", "3y"}).settings.retention_day == 26'280h);
  for (const char* text : {"1h", "0d", "1001y", "8760001h"})
    CHECK_MESSAGE(setting_error({"--retention-raw", text}).find("out of range") != std::string::npos, text);
  for (const char* flag : {"--retention-points", "--retention-hour", "--retention-day"})
    CHECK_MESSAGE(setting_error({flag, "23h"}).find("out of range") != std::string::npos, flag);
  for (const char* text : {"30", "d", "-1d", "1.5d", "1m", "1 d", "keeps", " 1d", "1D"})
    CHECK_MESSAGE(setting_error({"--retention-raw", text}) != "no error", text);
}

TEST_CASE("raw entries of timers and sets stay as long as others, or as long as is said of them") {
  const auto settings = [](Arguments arguments) {
    arguments.insert(arguments.end(), {"--retention-raw", "30d"});
    return parse(arguments).settings;
  };
  CHECK(settings({}).retention_raw_timers == 720h);
  CHECK(settings({}).retention_raw_sets == 720h);
  CHECK(settings({"--retention-raw-timers", "raw"}).retention_raw_timers == 720h);
  CHECK(settings({"--retention-raw-timers", "2d"}).retention_raw_timers == 48h);
  CHECK(settings({"--retention-raw-timers", "2d"}).retention_raw_sets == 720h);
  CHECK(!settings({"--retention-raw-sets", "keep"}).retention_raw_sets);
  CHECK(settings({"--retention-raw-sets", "keep"}).retention_raw == 720h);
  CHECK(settings({"--retention-raw-sets", "2h"}).retention_raw_sets == 2h);
  CHECK(setting_error({"--retention-raw-sets", "1h"}) != "no error");
}

TEST_CASE("a flag wins over the environment, the last flag over those before it") {
  const Variables variables = {{"KILOMETRIC_PORT", "1"}, {"KILOMETRIC_BIND", "::"}};
  CHECK(parse({}, variables).settings.port == 1);
  CHECK(parse({"--port", "2"}, variables).settings.port == 2);
  CHECK(parse({"--port=2", "--port", "3"}, variables).settings.port == 3);
  CHECK(parse({"--port=2"}, variables).settings.bind == Addresses{"::"});
  CHECK(parse({}, {{"KILOMETRIC_PORT", ""}}).settings.port == 3000);
}

TEST_CASE("values that are accepted") {
  const std::vector<std::pair<const char*, const char*>> must_parse = {{"--flush-interval", "0.05"},
                                                                       {"--flush-interval", "3600"},
                                                                       {"--flush-interval", "3600.0"},
                                                                       {"--flush-interval", ".5"},
                                                                       {"--port", "1"},
                                                                       {"--port", "65535"},
                                                                       {"--workers", "64"},
                                                                       {"--workers", "cores"},
                                                                       {"--max-keys", "100000000"},
                                                                       {"--spool-limit", "1048576"},
                                                                       {"--bind", "0.0.0.0"},
                                                                       {"--bind", "fe80::1"},
                                                                       {"--bind", "localhost"},
                                                                       {"--log-level", "debug"},
                                                                       {"--redis-url", "redis://[::1]:1"}};
  for (const auto& [flag, value] : must_parse)
    CHECK_MESSAGE(setting_error({flag, value}) == "no error", flag << " " << value);
  CHECK(parse({"--flush-interval", "0.0504"}).settings.flush_interval == 50ms);
  CHECK(parse({"--spool-limit", "3"}).settings.spool_limit == 3 << 20);
}

TEST_CASE("values that are refused, each with the setting, the value and what is allowed") {
  CHECK(setting_error({}, {{"KILOMETRIC_FLUSH_INTERVAL", "abc"}}) ==
        "KILOMETRIC_FLUSH_INTERVAL=abc: not a number; "
        "allowed: seconds, decimals allowed, 0.05 to 3600");
  CHECK(setting_error({"--port", "65536"}) == "--port=65536: out of range; allowed: 1 to 65535");
  CHECK(setting_error({"--port="}) == "--port=: not a whole number; allowed: 1 to 65535");
  CHECK(setting_error({"--port=", "--bind", "::"}).starts_with("--port=: "));
  CHECK(setting_error({"--bind", "a\nb\x7F"}).starts_with("--bind=a?b?: "));
  CHECK(setting_error({}, {{"KILOMETRIC_PORT", std::string(1000, '1')}}).size() < 200);

  const std::vector<std::pair<const char*, std::vector<const char*>>> must_not_parse = {
      {"--flush-interval",
       {"0.04", "3600.1", "-1", "1e1", "0x10", "inf", "nan", " 1", "1 ", "1,5", "+1", "1.2.3", ".", "", "1s"}},
      {"--port", {"0", "65536", "99999999999999999999999", "-1", "+1", "1.0", "0x10", " 1", "1 ", ""}},
      {"--workers", {"0", "65", "core", ""}},
      {"--max-keys", {"0", "100000001", "1e6"}},
      {"--spool-limit", {"0", "1048577"}},
      {"--bind",
       {"", "*", "example.com", "127.1", "1.2.3.4.5", "[::]", "127.0.0.1 ", ":::", "::,", ",::", "::1,,::2",
        "localhost,", "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5"}},
      {"--runtime-dir", {""}},
      {"--state-dir", {""}},
      {"--log-level", {"", "INFO", "verbose"}},
      {"--redis-url", {"", "localhost"}}};
  for (const auto& [flag, values] : must_not_parse)
    for (const char* value : values)
      CHECK_MESSAGE(setting_error({flag, value}).starts_with(flag), flag << " " << value);
}

TEST_CASE("where to listen: the loopback addresses there are, or those that are named, each once") {
  const auto bind = [](const char* text) { return parse({"--bind", text}).settings.bind; };
  CHECK(bind("localhost") == loopback_addresses());
  CHECK(bind("127.0.0.1") == Addresses{"127.0.0.1"});
  CHECK(bind("192.0.2.1,0:0::1") == Addresses{"192.0.2.1", "::1"});
  CHECK(bind("::1,::1,0::1") == Addresses{"::1"});
  CHECK(bind("1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4").size() == 4);
  const CommandLine parent = parse({"--bind", "192.0.2.1,::1"});  // what its children hear
  CHECK(Variables(parent.environment.begin(), parent.environment.end())["KILOMETRIC_BIND"] == "192.0.2.1,::1");
  const CommandLine by_name = parse({"--bind", "localhost"});
  const auto text = Variables(by_name.environment.begin(), by_name.environment.end())["KILOMETRIC_BIND"];
  CHECK(bind(text.c_str()) == by_name.settings.bind);
  CHECK(text.find("localhost") == std::string::npos);
}

TEST_CASE("a Redis URL is never repeated") {
  const std::string error = setting_error({}, {{"KILOMETRIC_REDIS_URL", "redis://:secret@h:x"}});
  CHECK(error ==
        "KILOMETRIC_REDIS_URL: the port is not a number from 1 to 65535; "
        "allowed: redis[s]://[user[:password]@]host[:port][/db], redis-sentinel:, -cluster:, unix:");
  CHECK(usage_error({"--redis-ulr=redis://:secret@h"}) == "unknown flag --redis-ulr; see --help");
  CHECK(usage_error({"redis://:secret@h"}) == "an argument that belongs to no flag; see --help");
}

TEST_CASE("a path is made absolute") {
  CHECK(parse({"--state-dir", "var/../state"}).settings.state_dir == std::filesystem::current_path() / "state");
  CHECK(parse({"--runtime-dir", "/a/b"}).settings.runtime_dir == "/a/b");
}

TEST_CASE("the credential wins over variable and flag") {
  const CredentialFolder folder("redis://:secret@elsewhere/1\n");
  Variables variables = folder.variables();
  variables["KILOMETRIC_REDIS_URL"] = "nonsense";
  const CommandLine line = parse({"--redis-url=redis://here"}, variables);
  CHECK(line.settings.redis_url.display() == "redis://elsewhere:6379/1");
  CHECK(line.settings.redis_url.password == "secret");
}

TEST_CASE("a credential folder without our file, or with a bad one") {
  const CredentialFolder folder("\n");
  const std::string path = folder.path / "redis-url";
  CHECK(setting_error({}, folder.variables()) == path + ": the file is empty");
  std::filesystem::remove(path);
  CHECK(setting_error({}, folder.variables()) == "no error");
  std::filesystem::create_directory(path);
  CHECK(setting_error({}, folder.variables()).starts_with(path + ": cannot be read: "));
  CHECK(setting_error({}, {{"CREDENTIALS_DIRECTORY", "/nonexistent"}}) == "no error");
  const CredentialFolder bad("redis://:secret@h:x");
  CHECK(setting_error({}, bad.variables()).starts_with((bad.path / "redis-url").string() + ": the port"));
}

TEST_CASE("each program has its own flags, and ignores the other's variables") {
  CHECK(usage_error({"--udp-port", "1"}, Program::readerd) == "unknown flag --udp-port; see --help");
  CHECK(usage_error({"--role", "worker"}, Program::readerd) == "unknown flag --role; see --help");
  const CommandLine line = parse({"--reader-port", "5"}, {{"KILOMETRIC_UDP_PORT", "abc"}}, Program::readerd);
  CHECK(line.settings.reader_port == 5);
  CHECK(line.warnings.empty());
}

TEST_CASE("command lines that are refused") {
  for (const Arguments& arguments : std::vector<Arguments>{{"--port"},
                                                           {"-p", "1"},
                                                           {"--prot", "1"},
                                                           {"--role", "boss"},
                                                           {"word"},
                                                           {"--worker", "x"},
                                                           {"--", "--port", "1"},
                                                           {"/port:1"}}) {
    const std::string error = usage_error(arguments);
    CHECK_MESSAGE(error.ends_with("; see --help"), error);
    CHECK(error.find('\n') == std::string::npos);
  }
}

TEST_CASE("variables that look like a setting and are none") {
  const CommandLine line = parse({}, {{"KILOMETRIC_FLUSH_INTERVALL", "1"}, {"KILOMETRIC_PORT", "1"}});
  CHECK(line.warnings ==
        std::vector<std::string>{"KILOMETRIC_FLUSH_INTERVALL is no setting and does nothing; see --help"});
}

TEST_CASE("what Kubernetes sets for Services of our names counts as unset, and one warning says why") {
  const Variables variables = {
      {"KILOMETRIC_PORT", "tcp://10.96.0.12:3000"},       {"KILOMETRIC_PORT_3000_TCP", "tcp://10.96.0.12:3000"},
      {"KILOMETRIC_PORT_3000_TCP_ADDR", "10.96.0.12"},    {"KILOMETRIC_SERVICE_HOST", "10.96.0.12"},
      {"KILOMETRIC_SERVICE_PORT_HTTP", "3000"},           {"KILOMETRIC_UDP_PORT", "udp://10.96.0.13:8125"},
      {"KILOMETRIC_READER_PORT", "tcp://[fd00::14]:3001"}};
  const CommandLine line = parse({}, variables);
  CHECK(line.settings.port == 3000);
  CHECK(line.settings.udp_port == 8125);
  CHECK(line.settings.reader_port == 3001);
  REQUIRE(line.warnings.size() == 1);
  CHECK(line.warnings[0].starts_with("KILOMETRIC_PORT=tcp://10.96.0.12:3000, "));
  CHECK(line.warnings[0].find("KILOMETRIC_READER_PORT=tcp://[fd00::14]:3001: taken as unset") !=
        std::string::npos);
  CHECK(line.warnings[0].find("Kubernetes") != std::string::npos);
  CHECK(Variables(line.environment.begin(), line.environment.end())["KILOMETRIC_PORT"] == "3000");
  CHECK(parse({"--port=5"}, variables).settings.port == 5);
  for (const char* bad :
       {"tcp://10.96.0.12", "tcp://10.96.0.12:0", "tcp://kilometric:3000", "http://10.96.0.12:3000"})
    CHECK(setting_error({}, {{"KILOMETRIC_PORT", bad}}).starts_with("KILOMETRIC_PORT=" + std::string(bad)));
  CHECK(setting_error({"--port=tcp://10.96.0.12:3000"}).starts_with("--port=tcp:"));
  CHECK(
      setting_error({}, {{"KILOMETRIC_WORKERS", "tcp://10.96.0.12:3000"}}).starts_with("KILOMETRIC_WORKERS="));
}

namespace {

ptrdiff_t settings_of_ingestd() {
  return std::ranges::count_if(setting_table(), [](const Setting& setting) {
    return (setting.programs & static_cast<unsigned>(Program::ingestd)) != 0;
  });
}

}  // namespace

TEST_CASE("children inherit every setting") {
  const CommandLine parent = parse({"--port", "7", "--redis-url", "redis://:secret@h"});
  CHECK(std::ssize(parent.environment) == settings_of_ingestd());
  const CommandLine child = parse({"--role", "worker", "--worker", "3"},
                                  Variables(parent.environment.begin(), parent.environment.end()));
  CHECK(child.environment == parent.environment);
  CHECK(child.settings.port == 7);
  CHECK(child.settings.redis_url.password == "secret");
  CHECK(child.role == "worker");
  CHECK(child.worker == 3);
  for (const auto& [name, value] : parent.environment)  // not "cores", which may change
    if (name == "KILOMETRIC_WORKERS") CHECK(value == std::to_string(parent.settings.workers));
}

TEST_CASE("children read a credential themselves, so that it stands in no environment") {
  const CredentialFolder folder("redis://:secret@h");
  const CommandLine parent = parse({"--redis-url", "redis://:other@h"}, folder.variables());
  Variables variables(parent.environment.begin(), parent.environment.end());
  CHECK(std::ssize(variables) == settings_of_ingestd() - 1);
  CHECK(!variables.contains("KILOMETRIC_REDIS_URL"));
  variables.merge(folder.variables());
  CHECK(parse({"--role", "flusher"}, variables).settings.redis_url.password == "secret");
}

TEST_CASE("--help prints the table in 100 columns, --version the version") {
  for (const Program program : {Program::ingestd, Program::readerd}) {
    const CommandLine line = parse({"--nonsense", "--help"}, {{"KILOMETRIC_PORT", "x"}}, program);
    CHECK(line.exit);
    std::istringstream lines(line.text);
    for (std::string text; std::getline(lines, text);) CHECK_MESSAGE(text.size() <= 100, text);
    for (const Setting& setting : setting_table()) {
      const bool shown = line.text.find(variable_name(setting) + " ") != std::string::npos;
      CHECK(shown == ((setting.programs & static_cast<unsigned>(program)) != 0));
    }
  }
  CHECK(parse({"--version"}).text == "kilometric-ingestd " KILOMETRIC_VERSION "\n");
  CHECK(parse({"--version"}, {}, Program::readerd).text == "kilometric-readerd " KILOMETRIC_VERSION "\n");
}
