#include "ingestd/process/upgrade.h"

#include <fstream>
#include <string>
#include <system_error>

#include "common/log.h"
#include "ingestd/system/atomic_file.h"

namespace kilometric {

void tell_of_upgrade(const Settings& settings) {
  const std::filesystem::path path = settings.state_dir / "version";
  std::string known;
  std::ifstream(path) >> known;
  if (known.empty() && settings.keep_tags && std::filesystem::exists(settings.state_dir / "instance"))
    log_warning(
        "tags are kept from now on, a metric for each combination of them, and its name's own sum lacks what "
        "is sent "
        "with tags; to keep the sums as they were, set KILOMETRIC_TAGS=drop");
  if (known == KILOMETRIC_VERSION) return;
  try {
    write_whole(path, KILOMETRIC_VERSION "\n");
  } catch (const std::system_error& error) {
    log_warning("which version was started cannot be noted: {}", error.what());
  }
}

}  // namespace kilometric
