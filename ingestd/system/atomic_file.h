// A file written whole: it gets its name only when all of it is written, so whoever finds it finds it whole.
// Until then it lies beside its place, as `<name>.new`; one that a killed process left there is written over.
//
// Errors are std::system_error naming the file; then it has not got its name, and what had the name keeps it.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "ingestd/system/mapped_file.h"

namespace kilometric {

/// Writes `text`, and syncs it: after a power cut the file is as before or whole.
void write_whole(const std::filesystem::path& path, std::string_view text);

/// Makes a file of `bytes` zero bytes, has `fill` write into it, and gives it its name. It is not synced.
MappedFile map_whole(const std::filesystem::path& path, size_t bytes,
                     const std::function<void(MappedFile& file)>& fill);

/// Makes renames in the folder outlast a power cut. Who renamed cannot take it back, so a failure is logged and
/// no error. Some file systems know no sync of a folder (EINVAL): that is none either.
void sync_folder(const std::filesystem::path& folder);

}  // namespace kilometric
