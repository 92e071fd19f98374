#include "common/process_start.h"

#include <fcntl.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <initializer_list>

namespace kilometric {

void begin_process() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest number that is free is this one, since those below it are open.
    if (open("/dev/null", O_RDWR) != fd) _exit(EX_OSERR);
  }
  for (const int number : {SIGPIPE, SIGHUP, SIGUSR1, SIGUSR2}) signal(number, SIG_IGN);
}

}  // namespace kilometric
