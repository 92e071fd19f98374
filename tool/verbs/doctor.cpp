// `kilometric doctor`: how all of it is, and what to do where it is not well.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "common/json.h"
#include "common/utf8.h"
#include "tool/doctor/finding.h"
#include "tool/failure.h"
#include "tool/show/terminal.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct DoctorOptions {
  bool quiet = false;
};

constexpr const char* kMore =
    "Looks at the settings of this shell, Redis, readerd, each ingestd, and this host: its socket buffers,\n"
    "disks, units. Run it with the variables of the daemons; as root it sees more. Exit status 1 when\n"
    "something is bad, for monitors; what is odd alone leaves it 0.\n\n"
    "  kilometric doctor\n"
    "  sudo sh -c 'set -a; . /etc/kilometric/kilometric.env; kilometric doctor --quiet'\n";

std::string_view word_of(Finding::Level level) {
  return level == Finding::Level::good ? "ok" : level == Finding::Level::odd ? "odd" : "bad";
}

std::string quoted(std::string_view text) { return harmless_json(json_string(valid_utf8(text))); }

std::string line_of(const Finding& finding, const Terminal& terminal) {
  const std::string word = padded(word_of(finding.level), 3);
  const std::string shown = finding.level == Finding::Level::good  ? terminal.good(word)
                            : finding.level == Finding::Level::odd ? terminal.odd(word)
                                                                   : terminal.bad(word);
  const std::string remedy = finding.remedy.empty() ? "" : fmt::format("     -> {}\n", finding.remedy);
  return fmt::format("{}  {}\n{}", shown, finding.what, remedy);
}

std::string json_of(const Finding& finding) {
  return fmt::format("{{\"level\":\"{}\",\"what\":{},\"remedy\":{}}}\n", word_of(finding.level),
                     quoted(finding.what), quoted(finding.remedy));
}

int run_doctor(const DoctorOptions& options, const Common& common) {
  const Reader reader(common);
  Findings findings;
  look_at_settings(findings);
  look_at_redis(findings);
  look_at_readerd(reader, findings);
  look_at_ingestd(common, findings);
  look_at_index(reader, findings);
  look_at_host(findings);
  const Terminal terminal = Terminal::of_stdout();
  for (const Finding& finding : findings)
    if (!options.quiet || finding.level != Finding::Level::good)
      put(common.json ? json_of(finding) : line_of(finding, terminal));
  const bool bad = std::ranges::count(findings, Finding::Level::bad, &Finding::level) > 0;
  return bad ? kNothing : 0;
}

}  // namespace

Verb doctor_verb() {
  const auto options = std::make_shared<DoctorOptions>();
  Verb verb{"doctor", "", "Says how all of it is, and what to do where it is not well", kMore};
  verb.options = {{"--quiet,-q", "", "what is odd or bad alone", &options->quiet}};
  verb.run = [options](const Common& common) { return run_doctor(*options, common); };
  return verb;
}

}  // namespace kilometric::tool
