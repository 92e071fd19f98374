#include "readerd/api/kind_header.h"

#include "common/metric/kind.h"

namespace kilometric {

std::string kind_header(const FoundKeys& found) {
  if (found.kind == Kind::counter && found.also.empty()) return {};
  std::string line("Kilometric-Kind: ");
  line += text_of(found.kind).name;
  for (const Kind& other : found.also)
    line.append(&other == &found.also.front() ? "; also " : ", ").append(text_of(other).name);
  return line + "\r\n";
}

}  // namespace kilometric
