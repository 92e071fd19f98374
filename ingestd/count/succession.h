// What becomes of a worker's file and segments when the worker was killed. Whoever holds the lock of its file
// may do it: the worker's successor, or the flusher; doing it again changes nothing.
#pragma once

#include <filesystem>

#include "ingestd/count/worker_file.h"

namespace kilometric {

/// Waits for the lock of the worker's file, undoes what the worker had counted of a group, and seals its
/// segments. What is left of the receive batch is for count_batch().
WorkerFile succeed_worker(const std::filesystem::path& folder, unsigned index);

/// Does the same for every worker that has left something in the folder and is no more; those that live are
/// passed over.
void seal_what_the_dead_left(const std::filesystem::path& folder);

}  // namespace kilometric
