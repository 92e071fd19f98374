#include "ingestd/process/upgrade.h"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

#include "ingestd/process/instance.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

namespace {

/// What is logged by a start in this folder.
std::string log_of_start(const std::filesystem::path& folder, bool keep_tags) {
  Settings settings;
  settings.state_dir = folder;
  settings.keep_tags = keep_tags;
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("start", std::make_shared<spdlog::sinks::ostream_sink_st>(text)));
  tell_of_upgrade(settings);
  load_instance(folder);
  spdlog::set_default_logger(before);
  return text.str();
}

bool tells(const std::string& log) { return log.find("set KILOMETRIC_TAGS=drop") != std::string::npos; }

}  // namespace

TEST_CASE("an installation from before there were tags is told of them once") {
  const TemporaryFolder folder;
  load_instance(folder.path());
  CHECK(tells(log_of_start(folder.path(), true)));
  CHECK(log_of_start(folder.path(), true).empty());
}

TEST_CASE("a new installation, and one that drops tags, is told nothing of them") {
  const TemporaryFolder fresh, dropping;
  CHECK(log_of_start(fresh.path(), true).empty());
  CHECK(log_of_start(fresh.path(), true).empty());
  load_instance(dropping.path());
  CHECK(log_of_start(dropping.path(), false).empty());
  CHECK(log_of_start(dropping.path(), true).empty());
}
