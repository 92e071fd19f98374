// Prints a manual page or a completion, by the name of its file. The build calls it; it is not installed.
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "tool/manual/completion.h"
#include "tool/manual/pages.h"
#include "tool/verbs/all.h"

int main(int argc, char** argv) {
  using namespace kilometric;
  using namespace kilometric::tool;
  const std::vector<Verb> verbs = all_verbs();
  const std::map<std::string, std::function<std::string()>> files = {
      {"kilometric.1", [&] { return tool_page(verbs); }},
      {"kilometric.env.5", [] { return settings_page(); }},
      {"kilometric-ingestd.8", [] { return daemon_page(Program::ingestd); }},
      {"kilometric-readerd.8", [] { return daemon_page(Program::readerd); }},
      {"kilometric.bash", [&] { return bash_completion(verbs); }},
      {"kilometric-ingestd.bash", [] { return bash_completion(Program::ingestd); }},
      {"kilometric-readerd.bash", [] { return bash_completion(Program::readerd); }},
      {"_kilometric", [&] { return zsh_completion(verbs); }},
  };
  const auto file = files.find(argc == 2 ? argv[1] : "");
  if (file == files.end()) return 2;
  return std::fputs(file->second().c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}
