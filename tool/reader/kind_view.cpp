#include "tool/reader/kind_view.h"

#include <array>

namespace kilometric::tool {

const KindView& view_of(std::string_view kind) {
  static const std::array<KindView, 4> kViews = {{
      {"counter", {"sum"}, "sum", {"sum"}, true, true, false},
      {"gauge", {"last", "min", "mean", "max"}, "last", {"last", "max"}, false, false, true},
      {"timer", {"count", "mean", "p50", "p99", "max"}, "p99", {"p99", "count"}, false, true, false},
      {"set", {"unique"}, "unique", {"unique"}, true, true, false},
  }};
  for (const KindView& view : kViews)
    if (view.kind == kind) return view;
  return kViews[0];
}

}  // namespace kilometric::tool
