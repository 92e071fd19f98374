#include "tool/local/spool_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Failure(kNothing, fmt::format("{}: {}", printable(path.string()), why));
}

[[noreturn]] void refuse(const fs::path& path, const std::error_code& error) {
  const bool forbidden = error == std::errc::permission_denied;
  refuse(path, error.message() + (forbidden ? "; run this as root, or as the user of kilometric-ingestd" : ""));
}

}  // namespace

SpoolView::SpoolView(fs::path state) : state_(std::move(state)), spool_(state_ / "spool") {
  std::error_code error;
  const bool is_folder = fs::is_directory(state_, error);
  if (error && error != std::errc::no_such_file_or_directory) refuse(state_, error);
  if (!is_folder)
    refuse(state_,
           "there is no such folder; KILOMETRIC_STATE_DIR, or --state, names the one of kilometric-ingestd");
  const bool is_state = fs::exists(state_ / "instance", error);
  if (error) refuse(state_, error);
  if (!is_state && !fs::is_directory(spool_, error))
    refuse(state_, "this is no state folder of kilometric-ingestd: neither `instance` nor `spool` is in it");
}

fs::path SpoolView::path(const std::string& folder, uint64_t number) const {
  return spool_ / folder / std::to_string(number);
}

std::vector<uint64_t> SpoolView::numbers(const std::string& folder) const {
  std::vector<uint64_t> numbers;
  std::error_code error;
  fs::directory_iterator entries(spool_ / folder, error);
  if (error == std::errc::no_such_file_or_directory) return numbers;
  if (error) refuse(spool_ / folder, error);
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    uint64_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::optional<Batch> SpoolView::open(const std::string& folder, uint64_t number) const {
  try {
    return Batch::open(path(folder, number));
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    refuse(path(folder, number), error.code());
  } catch (const std::runtime_error& error) {
    refuse(path(folder, number), fmt::format("no whole batch: {}", error.what()));
  }
}

std::optional<std::pair<std::string, Batch>> SpoolView::newest() const {
  constexpr int kTries = 10;  // it may be acknowledged, and moved, while we look
  for (int i = 0; i < kTries; ++i) {
    const auto kept = numbers("kept"), pending = numbers("pending");
    if (kept.empty() && pending.empty()) return std::nullopt;
    const bool is_pending = kept.empty() || (!pending.empty() && pending.back() > kept.back());
    const std::string folder = is_pending ? "pending" : "kept";
    if (auto batch = open(folder, is_pending ? pending.back() : kept.back()))
      return std::pair{folder, *std::move(batch)};
  }
  return std::nullopt;
}

}  // namespace kilometric::tool
