// The lines that the log could not take, counted over all processes of this ingestd: `log-drops` in the runtime
// folder. What one process alone has counted, /metrics, which another answers, would not show.
//
// main() calls it in every role, once the supervisor holds the folder's lock.
#pragma once

#include <filesystem>

namespace kilometric {

/// Has the log count in the file, which is made when there is none. When that fails, one line says so, and this
/// process counts for itself.
void share_log_drops(const std::filesystem::path& runtime_folder);

}  // namespace kilometric
