// An instance: one ingestd installation, with an identity that lasts across restarts and power cuts.
//
// Two that had one number would take each other's entries for their own, and lose counts. So the number is
// bound to its place (ingestd/system/place.h): a copied state folder, as of a restored backup or of a machine's
// template, is another installation and draws a number of its own. Batches in its spool keep theirs.
//
// The supervisor loads it first, so that a bad one stops the start, and then the flusher.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kilometric {

/// The instance's number, 1 to 2^48-1: the second half of its entry IDs. Drawn at the first start and kept in
/// `<state folder>/instance`, its place beside it in `place`. Throws std::runtime_error when the former holds
/// something else, and std::system_error when a number that was drawn cannot be kept.
uint64_t load_instance(const std::filesystem::path& state_folder);

/// Draws another number, as somebody else has this one; it counts from the next load_instance() on. Returns it.
/// Throws std::system_error when it cannot be kept.
uint64_t renew_instance(const std::filesystem::path& state_folder);

}  // namespace kilometric
