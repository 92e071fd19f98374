// kilometric-readerd: answers GET /read from the streams in Redis. Stateless; run as many as you like.
#include <malloc.h>
#include <sysexits.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "common/listen.h"
#include "common/log.h"
#include "common/process_start.h"
#include "common/settings/command_line.h"
#include "common/settings/settings.h"
#include "readerd/reader.h"

namespace {

/// What an answer has taken and given back, the next one takes: without this the kernel would take it back and
/// clear it anew, which takes a fifth of the time that a moving average of ten metrics does.
void keep_memory() {
  constexpr int kMebibyte = 1 << 20;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 8 * kMebibyte);
  mallopt(M_MMAP_THRESHOLD, kMebibyte);
}

int run(int argc, char** argv) {
  using namespace kilometric;
  begin_process();
  keep_memory();
  const CommandLine command_line = parse_command_line(Program::readerd, argc, argv);
  if (command_line.exit) {
    const bool printed = std::fputs(command_line.text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return printed ? EX_OK : EX_IOERR;
  }
  const Settings& settings = command_line.settings;
  start_log(settings.log_level, "readerd");
  for (const std::string& warning : command_line.warnings) log_warning("{}", warning);
  allow_many_descriptors();
  std::vector<int> sockets;
  for (const std::string& address : settings.bind)
    sockets.push_back(open_socket(Protocol::tcp, address, settings.reader_port, "KILOMETRIC_READER_PORT"));
  Reader reader(settings, sockets);
  reader.run();
  return EX_OK;
}

int complain(int status, const std::exception& error) {
  kilometric::complain("kilometric-readerd", error.what());
  return status;
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const kilometric::UsageError& error) {
  return complain(EX_USAGE, error);
} catch (const kilometric::SettingError& error) {
  return complain(EX_CONFIG, error);
} catch (const kilometric::BindError& error) {
  return complain(EX_UNAVAILABLE, error);
} catch (const std::exception& error) {
  return complain(EX_SOFTWARE, error);
}
