// A worker's file of version 2 or 3, as Kilometric wrote it up to commit 5a91ce1 and some time after: version 2
// knew two ways in, UDP and HTTP, version 3 three, the unix datagram socket too. What a killed worker had in
// hand there is taken over into a file of today, which then takes its name.
//
// Called by WorkerFile::take(), which holds the lock of the old file. A file that is damaged is none of these.
#pragma once

#include "ingestd/count/worker_file.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

bool is_old_worker_file(const MappedFile& file) noexcept;

/// Into a header that is new, and the buffers of its file. Requires an old file.
void copy_old_worker_file(const MappedFile& old, WorkerHeader& header, char* buffers) noexcept;

}  // namespace kilometric
