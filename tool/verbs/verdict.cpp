#include "tool/verbs/verdict.h"

#include <fmt/format.h>

#include "common/json.h"
#include "common/utf8.h"
#include "tool/text.h"

namespace kilometric::tool {

std::string json_of_bytes(std::string_view bytes) { return harmless_json(json_string(valid_utf8(bytes))); }

std::string verdict_text(std::string_view text, const CheckedLine& line, std::string_view begin,
                         std::string_view where, const Terminal& terminal) {
  constexpr size_t kColumnsOfBad = 200;
  const OutcomeText& outcome = text_of(line.outcome);
  if (line.outcome != Outcome::accepted)
    return fmt::format("{}{}  {}{}\n     {}: {}\n", begin, terminal.bad("bad"), where,
                       cut_behind(printable(text), kColumnsOfBad), outcome.name, outcome.advice);
  std::string samples;
  for (const CheckedSample& sample : line.samples)
    samples += fmt::format("{}{}   {:<7} {}  {}\n", begin, terminal.good("ok"), sample.kind,
                           printable(sample.key), sample.value);
  return samples;
}

std::string verdict_json(std::string_view text, const CheckedLine& line, std::string_view whence) {
  const OutcomeText& outcome = text_of(line.outcome);
  std::string json = fmt::format("{{{},\"outcome\":\"{}\"", whence, outcome.name);
  if (line.outcome != Outcome::accepted)
    return json +
           fmt::format(",\"advice\":{},\"text\":{}}}\n", json_of_bytes(outcome.advice), json_of_bytes(text));
  json += ",\"samples\":[";
  for (const CheckedSample& sample : line.samples)
    json +=
        fmt::format("{}{{\"kind\":\"{}\",\"key\":{},\"value\":{}}}", &sample == line.samples.data() ? "" : ",",
                    sample.kind, json_of_bytes(sample.key), json_of_bytes(sample.value));
  return json + "]}\n";
}

}  // namespace kilometric::tool
