#include "tool/local/setting.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "common/settings/service_links.h"
#include "common/settings/settings.h"

namespace kilometric::tool {

std::string setting_text(std::string_view flag) {
  const auto table = setting_table();
  const auto found =
      std::ranges::find(table, flag, [](const Setting& setting) { return std::string_view(setting.flag); });
  assert(found != table.end());
  const std::string name = variable_name(*found);
  const char* value = std::getenv(name.c_str());
  const bool is_set = value != nullptr && *value != '\0' && !is_service_link(name, value);
  return is_set ? value : found->default_value;
}

}  // namespace kilometric::tool
