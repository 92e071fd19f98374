// What every program of ours does before anything else.
//
// main() of each daemon calls it first, in every role: before a descriptor is opened and before the log starts.
#pragma once

namespace kilometric {

/// Opens whichever of stdin, stdout and stderr is closed on /dev/null: else the next file or connection would
/// get its number, and what is logged. Ignores SIGPIPE: a reader who is gone is an error of the write. Ends the
/// process with status 71 when there is no /dev/null.
void begin_process();

}  // namespace kilometric
