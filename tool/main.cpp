// kilometric: the command for a terminal. It asks kilometric-readerd by HTTP; some verbs look into the folders
// of an ingestd on this host.
#include <clocale>
#include <cstdio>
#include <exception>

#include "tool/command_line.h"
#include "tool/failure.h"
#include "tool/local/service_settings.h"
#include "tool/verbs/all.h"

namespace {

int fail(int status, const char* words) {
  std::fflush(stdout);
  std::fprintf(stderr, "kilometric: %s\n", words);
  return status;
}

}  // namespace

int main(int argc, char** argv) try {
  using namespace kilometric::tool;
  std::setlocale(LC_CTYPE, "C.UTF-8");  // for the width of characters
  adopt_service_settings();
  const int status = run_command_line(all_verbs(), argc, argv);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return fail(kNothing, "what was found cannot be written to stdout; is the disk full?");
  return status;
} catch (const kilometric::tool::Failure& failure) {
  return fail(failure.status(), failure.what());
} catch (const std::exception& error) {
  return fail(EX_SOFTWARE, error.what());
}
