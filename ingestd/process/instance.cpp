#include "ingestd/process/instance.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/log.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/place.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kGreatest = (uint64_t{1} << 48) - 1;

/// 0 when none was drawn yet.
uint64_t read_instance(const fs::path& path) {
  std::ifstream file(path);
  if (!file) return 0;
  uint64_t instance = 0;
  std::string text;
  file >> text;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), instance);
  if (error != std::errc() || *stop != '\0' || instance == 0 || instance > kGreatest)
    throw std::runtime_error(path.string() +
                             ": holds no instance number (1 to 281474976710655); "
                             "remove the file to draw a new one");
  return instance;
}

uint64_t draw_instance(const fs::path& path) {
  uint64_t instance = 0;
  while (instance == 0) instance = random_identity()[0] & kGreatest;
  write_whole(path, std::to_string(instance) + "\n");
  return instance;
}

std::string read_all(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A full disk is no reason not to start: the place is then as it was known before.
void note_place(const fs::path& path, const std::string& place) {
  try {
    write_whole(path, place);
  } catch (const std::system_error& error) {
    log_warning("where this instance is at home cannot be noted: {}", error.what());
  }
}

}  // namespace

uint64_t load_instance(const fs::path& state_folder) {
  const fs::path path = state_folder / "instance", place_path = state_folder / "place";
  uint64_t instance = read_instance(path);
  const std::string known = read_all(place_path), place = place_of(state_folder);
  const char* const difference = instance != 0 ? difference_of_places(known, place) : nullptr;
  if (instance == 0 || difference != nullptr) {
    const uint64_t before = instance;
    instance = draw_instance(path);
    if (before != 0)
      log_warning("{} is a copy, as its {} is not that of instance {}: it is instance {} from now on",
                  state_folder.string(), difference, before, instance);
  }
  if (place != known) note_place(place_path, place);
  return instance;
}

uint64_t renew_instance(const fs::path& state_folder) { return draw_instance(state_folder / "instance"); }

}  // namespace kilometric
