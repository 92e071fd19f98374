// kilometric-ingestd: the supervisor, and, started by it, the workers and the flusher.
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include "common/listen.h"
#include "common/log.h"
#include "common/process_start.h"
#include "common/settings/command_line.h"
#include "common/settings/settings.h"
#include "ingestd/flusher/flusher.h"
#include "ingestd/flusher/newer_files.h"
#include "ingestd/process/channel.h"
#include "ingestd/process/supervisor.h"
#include "ingestd/system/folder_lock.h"
#include "ingestd/system/log_drops.h"
#include "ingestd/worker/worker.h"

namespace {

using namespace kilometric;

void run_supervisor(const CommandLine& command_line) {
  start_log(command_line.settings.log_level, "supervisor");
  Supervisor supervisor(command_line);  // a start that fails says one line, and nothing before it
  refuse_newer_files(command_line.settings);
  share_log_drops(command_line.settings.runtime_dir);
  for (const std::string& warning : command_line.warnings) log_warning("{}", warning);
  supervisor.run();
  log_info("stopped");
}

void run_role(const CommandLine& command_line) {
  become_child();
  const bool is_worker = command_line.role == "worker";
  start_log(command_line.settings.log_level,
            is_worker ? "worker " + std::to_string(command_line.worker) : command_line.role);
  share_log_drops(command_line.settings.runtime_dir);
  allow_many_descriptors();
  if (is_worker)
    Worker(command_line.settings, command_line.worker).run();
  else
    Flusher(command_line.settings).run();
}

/// For --help and --version.
int print(const std::string& text) {
  const bool printed = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return printed ? EX_OK : EX_IOERR;
}

int fail(int status, const std::exception& error) {
  complain("kilometric-ingestd", error.what());
  return status;
}

}  // namespace

int main(int argc, char** argv) try {
  begin_process();
  const CommandLine command_line = parse_command_line(Program::ingestd, argc, argv);
  if (command_line.exit) {
    return print(command_line.text);
  }
  command_line.role.empty() ? run_supervisor(command_line) : run_role(command_line);
  return EX_OK;
} catch (const UsageError& error) {
  return fail(EX_USAGE, error);
} catch (const SettingError& error) {
  return fail(EX_CONFIG, error);
} catch (const BindError& error) {
  return fail(EX_UNAVAILABLE, error);
} catch (const FolderInUse& error) {
  return fail(EX_UNAVAILABLE, error);
} catch (const std::exception& error) {
  return fail(EX_SOFTWARE, error);
}
