// `kilometric check`: what ingestd would make of lines.
#include <fmt/format.h>

#include <memory>

#include "tool/failure.h"
#include "tool/local/line_check.h"
#include "tool/local/line_input.h"
#include "tool/show/terminal.h"
#include "tool/text.h"
#include "tool/verbs/all.h"
#include "tool/verbs/verdict.h"

namespace kilometric::tool {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  bool quiet = false;
};

constexpr const char* kMore =
    "Reads StatsD lines from the files, or from stdin, as ingestd would with this shell's KILOMETRIC_TAGS,\n"
    "_TAGS_IN_NAME and _GAUGE_SIGN. Exit status 1 when a line is bad: for the CI of who emits.\n\n"
    "  kilometric check captured.txt\n"
    "  my-program --dump-metrics | kilometric check --quiet\n";

class Checker {
 public:
  Checker(const CheckOptions& options, bool json) : options_(options), json_(json) {}

  void check_file(const std::string& path) {
    LineInput input(path);
    std::string line;
    for (size_t number = 1; input.read(line, LineCheck::kMostLineBytes); ++number)
      if (!line.empty()) tell(path, number, line, check_.check(line));
  }

  int end() const {
    fmt::print(stderr, "kilometric: {} good, {} bad\n", good_, bad_);
    return bad_ == 0 ? 0 : kNothing;
  }

 private:
  void tell(const std::string& path, size_t number, std::string_view text, const CheckedLine& line) {
    const bool good = line.outcome == Outcome::accepted;
    ++(good ? good_ : bad_);
    if (good && options_.quiet) return;
    if (json_)
      return put(verdict_json(text, line, fmt::format("\"file\":{},\"line\":{}", json_of_bytes(path), number)));
    const std::string where = fmt::format("{}:{}: ", path == "-" ? "stdin" : printable(path), number);
    put(verdict_text(text, line, "", where, terminal_));
  }

  const CheckOptions& options_;
  const bool json_;
  const Terminal terminal_ = Terminal::of_stdout();
  LineCheck check_;
  size_t good_ = 0, bad_ = 0;
};

int run_check(const CheckOptions& options, const Common& common) {
  Checker checker(options, common.json);
  for (const std::string& path : options.files.empty() ? std::vector<std::string>{"-"} : options.files)
    checker.check_file(path);
  return checker.end();
}

}  // namespace

Verb check_verb() {
  const auto options = std::make_shared<CheckOptions>();
  Verb verb{"check", "[FILE...]", "Says of StatsD lines what would be counted, or what to fix", kMore};
  verb.options = {{"--quiet,-q", "", "the bad ones alone", &options->quiet}};
  verb.positional = &options->files;
  verb.most_arguments = 10'000;
  verb.run = [options](const Common& common) { return run_check(*options, common); };
  return verb;
}

}  // namespace kilometric::tool
