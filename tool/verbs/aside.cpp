// `kilometric aside`: entries that ingestd has set aside, or doubts.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "common/json.h"
#include "common/utf8.h"
#include "ingestd/system/folder_lock.h"
#include "tool/failure.h"
#include "tool/local/setting.h"
#include "tool/local/spool_view.h"
#include "tool/show/ask.h"
#include "tool/show/number.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct AsideOptions {
  std::vector<std::string> words;
  std::string state;
  bool yes = false;
};

constexpr const char* kMore =
    "list    what lies in spool/aside (their name in Redis holds no stream: ingestd tries again by itself\n"
    "        once that is renamed or deleted) and in spool/doubtful (they may have been counted, or not)\n"
    "retry   moves the doubtful ones to spool/aside, so that they are counted; when they were, twice\n"
    "drop    removes both kinds, or the batches of the numbers given\n\n"
    "retry and drop need a stopped ingestd, and the rights of its user. They ask first.\n\n"
    "  sudo kilometric aside list\n"
    "  sudo kilometric aside drop 17\n";

constexpr const char* kFolders[] = {"aside", "doubtful"};

struct Found {
  std::string folder;
  uint64_t number;
};

uint64_t number_of(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Failure(kUsage,
                  "aside: " + printable(text) + " is no number of a batch; `kilometric aside list` has them");
  return std::stoull(text);
}

void list_batch(const std::string& folder, const Batch& batch, bool json) {
  for (size_t i = 0; i < batch.size(); ++i) {
    const BatchEntry entry = batch[i];
    const KindText& kind = text_of(entry.delta.kind());
    const bool is_event = entry.delta.kind() == Kind::event;
    const auto value = is_event ? std::nullopt : entry.delta.stat(usual_stat(entry.delta.kind()));
    const std::string number = value ? to_text(*value) : "";
    const std::string name = is_event ? "event" : std::string(kind.name);
    const std::string key = is_event ? "kilometric:events" : std::string(entry.key);
    const auto ms = static_cast<int64_t>(batch.ms(entry));
    if (json)
      put(fmt::format(
          "{{\"folder\":\"{}\",\"batch\":{},\"time\":{},\"kind\":\"{}\",\"key\":{},\"value\":{}}}\n", folder,
          batch.header().number, ms, name, harmless_json(json_string(valid_utf8(key))),
          number.empty() ? "null" : number));
    else
      put(fmt::format("{:<8} {:>6}  {}  {:<7} {}  {}\n", folder, batch.header().number, full_time(ms), name,
                      printable(key), readable(number)));
  }
}

int list(const SpoolView& spool, bool json) {
  size_t batches = 0;
  for (const std::string folder : kFolders)
    for (const uint64_t number : spool.numbers(folder))
      if (const auto batch = spool.open(folder, number)) {
        list_batch(folder, *batch, json);
        ++batches;
      }
  if (batches == 0) fmt::print(stderr, "kilometric: nothing is set aside, and nothing is doubtful\n");
  return batches == 0 ? kNothing : 0;
}

std::vector<Found> chosen(const SpoolView& spool, const std::vector<std::string>& words, bool doubtful_alone) {
  std::vector<uint64_t> wanted;
  for (size_t i = 1; i < words.size(); ++i) wanted.push_back(number_of(words[i]));
  std::vector<Found> found;
  for (const std::string folder : kFolders)
    for (const uint64_t number : spool.numbers(folder))
      if ((!doubtful_alone || folder == "doubtful") &&
          (wanted.empty() || std::ranges::find(wanted, number) != wanted.end()))
        found.push_back({folder, number});
  return found;
}

/// The locks of the supervisor and of the flusher, which may outlive it: ingestd remembers what is there from
/// its start on. Where one is not there nobody holds it, and it is not made as root.
using Locks = std::vector<std::unique_ptr<FolderLock>>;

Locks lock(const std::filesystem::path& state) try {
  Locks locks;
  for (const char* const name : {"lock", "flusher.lock"})
    if (std::filesystem::exists(state / name))
      locks.push_back(std::make_unique<FolderLock>(state, name, "KILOMETRIC_STATE_DIR", false));
  return locks;
} catch (const FolderInUse&) {
  throw Failure(kNothing,
                "kilometric-ingestd runs on " + printable(state.string()) +
                    "; stop it first (systemctl stop kilometric-ingestd): datagrams are lost meanwhile");
} catch (const std::runtime_error& error) {
  throw Failure(kNothing, error.what());
}

/// The file is what keeps its entries out of the batch that they are of: without it they would be sent with
/// that.
void refuse_early_drop(const SpoolView& spool, uint64_t number) {
  for (const std::string folder : {"pending", "kept"})
    if (std::filesystem::exists(spool.path(folder, number)))
      throw Failure(
          kNothing,
          fmt::format("batch {0} is still in spool/{1}, and would be sent with what is dropped; start "
                      "ingestd, and drop it once spool/{1}/{0} is gone: after two minutes, or "
                      "a snapshot of Redis",
                      number, folder));
}

void apply(const SpoolView& spool, const Found& batch, bool drop) {
  std::error_code error;
  const auto from = spool.path(batch.folder, batch.number), to = spool.path("aside", batch.number);
  if (drop) {
    std::filesystem::remove(from, error);
  } else if (std::filesystem::exists(to, error)) {
    throw Failure(kNothing, printable(to.string()) + " is there; let ingestd deal with it first");
  } else {
    std::filesystem::create_directory(to.parent_path(), error);
    std::filesystem::rename(from, to, error);
  }
  if (error) throw Failure(kNothing, printable(from.string()) + ": " + error.message());
}

int change(const SpoolView& spool, const AsideOptions& options, const std::filesystem::path& state, bool drop) {
  const std::vector<Found> batches = chosen(spool, options.words, !drop);
  if (batches.empty()) {
    fmt::print(stderr, "kilometric: there is no such batch\n");
    return kNothing;
  }
  const Locks held = lock(state);
  for (const Found& batch : batches)
    if (drop) refuse_early_drop(spool, batch.number);
  for (const Found& batch : batches) fmt::print(stderr, "  {} {}\n", batch.folder, batch.number);
  const char* question = drop ? "remove these batches? What they hold is lost."
                              : "have these batches counted? If they were already, they count twice.";
  if (!options.yes && !agrees(question)) return kNothing;
  for (const Found& batch : batches) apply(spool, batch, drop);
  fmt::print(stderr, "kilometric: {} {}\n", batches.size(),
             drop ? "removed" : "moved; ingestd sends them within minutes of its start");
  return 0;
}

int run_aside(const AsideOptions& options, const Common& common) {
  const std::filesystem::path state = options.state.empty() ? setting_text("state-dir") : options.state;
  const SpoolView spool(state);
  const std::string& what = options.words.front();
  if (what == "list" && options.words.size() == 1) return list(spool, common.json);
  if (what == "retry" || what == "drop") return change(spool, options, state, what == "drop");
  throw Failure(kUsage, "aside: " + printable(what) +
                            ": it is list, or retry or drop with numbers of batches, or without");
}

}  // namespace

Verb aside_verb() {
  const auto options = std::make_shared<AsideOptions>();
  Verb verb{"aside", "list|retry|drop", "Lists, retries or drops entries that were set aside on this host",
            kMore};
  verb.options = {
      {"--state", "DIR", "the state folder of kilometric-ingestd; KILOMETRIC_STATE_DIR unless said",
       &options->state},
      {"--yes,-y", "", "does not ask", &options->yes},
  };
  verb.positional = &options->words;
  verb.least_arguments = 1;
  verb.most_arguments = 1'000;
  verb.run = [options](const Common& common) { return run_aside(*options, common); };
  return verb;
}

}  // namespace kilometric::tool
