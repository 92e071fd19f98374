#include <fmt/format.h>
#include <unistd.h>

#include "common/settings/command_line.h"
#include "tool/doctor/finding.h"
#include "tool/local/service_settings.h"
#include "tool/text.h"

namespace kilometric::tool {

void look_at_settings(Findings& findings) {
  const char* const name = "kilometric-ingestd";
  const bool services = access(kServiceSettings, R_OK) == 0;
  const std::string where = services ? std::string("this shell, or ") + kServiceSettings + "," : "this shell";
  try {
    const CommandLine line = parse_command_line(Program::ingestd, 1, &name);
    for (const std::string& warning : line.warnings)
      findings.push_back({Finding::Level::odd, "a variable: " + printable(warning), "mend or unset it"});
    findings.push_back({Finding::Level::good, "the settings of " + where + " are understood", ""});
  } catch (const std::exception& error) {
    findings.push_back({Finding::Level::bad, fmt::format("a setting of {}: {}", where, printable(error.what())),
                        "mend it; the daemons would not start with it"});
  }
}

}  // namespace kilometric::tool
