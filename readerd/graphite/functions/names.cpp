// alias() and what else gives series other names.
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"

namespace kilometric::graphite {
namespace {

SeriesList alias(Call& call) {
  for (auto& series : call.series(0)) series.name = call.text(1);
  return std::move(call.series(0));
}

}  // namespace

std::vector<Function> naming_functions() {
  const Parameter list{"seriesList", Type::series_list, true};
  return {
      {"alias", "Alias", "Gives all series this name.", {list, {"newName", Type::string, true}}, alias},
  };
}

}  // namespace kilometric::graphite
