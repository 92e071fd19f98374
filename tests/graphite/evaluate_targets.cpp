// Evaluates targets over series that it is told, and prints what comes out: for the test that holds the
// functions against Graphite's own.
//
// Standard input, a command a line, with tabs between the words: "series PATH NAME TAGS VALUES" (tags
// "a=b;c=d", values with blanks between, of every tenth second from 0 on, None for none) and "target FROM UNTIL
// TARGET". Each target is answered by "error WORDS", or by "ok COUNT" and as many lines "NAME START STEP TAGS
// VALUES", the tags with a byte 1 between them.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "readerd/graphite/evaluate.h"

using namespace kilometric;
using namespace kilometric::graphite;

namespace {

constexpr int64_t kStep = 10;

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> words;
  while (true) {
    const size_t end = text.find(by);
    if (!text.empty()) words.emplace_back(text.substr(0, end));
    if (end == text.npos) return words;
    text.remove_prefix(end + 1);
  }
}

class ToldSeries : public Source {
 public:
  void add(const std::vector<std::string>& words) {
    TimeSeries series{.name = words[2], .path = words[1], .step = kStep};
    for (const auto& tag : split(words[3], ';'))
      series.tags[tag.substr(0, tag.find('='))] = tag.substr(tag.find('=') + 1);
    for (const auto& value : split(words[4], ' '))
      series.values.push_back(value == "None" ? kNone : std::atof(value.c_str()));
    by_path_[words[1]].push_back(std::move(series));
  }

  SeriesList series(std::string_view path, int64_t from, int64_t until) override {
    const auto found = by_path_.find(std::string(path));
    if (found == by_path_.end()) return {};
    SeriesList list = found->second;
    for (auto& series : list) cut(series, from, until);
    return list;
  }

 private:
  static void cut(TimeSeries& series, int64_t from, int64_t until) {
    std::vector<double> values;
    series.start = from - from % kStep + kStep;
    for (int64_t at = series.start; at <= until; at += kStep) {
      const auto place = static_cast<size_t>(at / kStep);
      values.push_back(place < series.values.size() ? series.values[place] : kNone);
    }
    series.values = std::move(values);
  }

  std::map<std::string, SeriesList> by_path_;
};

void print(const TimeSeries& series) {
  fmt::print("{}\t{}\t{}\t", series.name, series.start, series.step);
  for (const auto& [tag, value] : series.tags) fmt::print("{}={}\1", tag, value);
  fmt::print("\t");
  for (const double value : series.values)
    if (std::isnan(value))
      fmt::print("None ");
    else
      fmt::print("{} ", value);
  fmt::print("\n");
}

void answer(const std::vector<std::string>& words, Source& source) {
  const auto parsed = parse_target(words[3]);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return fmt::print("error\t{}\n", refusal->message);
  Budget budget;
  const int64_t from = std::atoll(words[1].c_str()), until = std::atoll(words[2].c_str());
  const Context context{.from = from, .until = until, .step = kStep, .now = until, .budget = &budget};
  const auto result = evaluate(std::get<Expression>(parsed), context, source);
  if (const auto* refusal = std::get_if<Refusal>(&result)) return fmt::print("error\t{}\n", refusal->message);
  fmt::print("ok\t{}\n", std::get<SeriesList>(result).size());
  for (const auto& series : std::get<SeriesList>(result)) print(series);
}

}  // namespace

int main() {
  ToldSeries source;
  for (std::string line; std::getline(std::cin, line);) {
    std::vector<std::string> words;
    for (size_t from = 0; from <= line.size();) {
      const size_t end = std::min(line.find('\t', from), line.size());
      words.push_back(line.substr(from, end - from));
      from = end + 1;
    }
    if (words.size() == 5 && words[0] == "series")
      source.add(words);
    else if (words.size() == 4 && words[0] == "target")
      answer(words, source);
    else
      return EXIT_FAILURE;
  }
}
