// What every program of ours does before anything else.
//
// main() of each daemon calls it first, in every role: before a descriptor is opened and before the log starts.
#pragma once

namespace kilometric {

/// Opens whichever of stdin, stdout and stderr is closed on /dev/null: else the next file or connection would
/// get its number, and what is logged. Ends the process with status 71 when there is no /dev/null.
///
/// Ignores signals that would end the process, and are not sent to end it: SIGPIPE, as a reader who is gone is
/// an error of the write; SIGHUP, SIGUSR1 and SIGUSR2, as many daemons reopen or reload something at these.
void begin_process();

}  // namespace kilometric
