// Files that cannot be read are put aside, for a human to look at; nothing is ever removed for that.
//
// Called by whoever opens a segment, a worker's file or a batch and finds it damaged. A file that cannot be
// renamed stays where it is, and the log says so.
#pragma once

#include <filesystem>
#include <string>

namespace kilometric {

/// Renames the file to `bad-<its name>`, or to `bad-<its name>.<number>` when there is such a file already, and
/// logs that with the reason.
void put_aside(const std::filesystem::path& path, const std::string& reason);

}  // namespace kilometric
