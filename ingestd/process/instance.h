// An instance: one ingestd installation, with an identity that lasts across restarts and power cuts.
//
// The supervisor loads it first, so that a bad one stops the start, and then the flusher.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kilometric {

/// The instance's number, 1 to 2^48-1: the second half of its entry IDs. Drawn at the first start and
/// kept in `<state folder>/instance`. Throws std::runtime_error when that file holds something else.
uint64_t load_instance(const std::filesystem::path& state_folder);

}  // namespace kilometric
