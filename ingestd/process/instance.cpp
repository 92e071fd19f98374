#include "ingestd/process/instance.h"

#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string>

#include "ingestd/system/atomic_file.h"
#include "ingestd/system/identity.h"

namespace kilometric {
namespace {

constexpr uint64_t kGreatest = (uint64_t{1} << 48) - 1;

}  // namespace

uint64_t load_instance(const std::filesystem::path& state_folder) {
  const std::filesystem::path path = state_folder / "instance";
  uint64_t instance = 0;
  if (std::ifstream file(path); file) {
    std::string text;
    file >> text;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), instance);
    if (error != std::errc() || *stop != '\0' || instance == 0 || instance > kGreatest)
      throw std::runtime_error(path.string() +
                               ": holds no instance number (1 to 281474976710655); "
                               "remove the file to draw a new one");
    return instance;
  }
  while (instance == 0) instance = random_identity()[0] & kGreatest;
  write_whole(path, std::to_string(instance) + "\n");
  return instance;
}

}  // namespace kilometric
