#include "tool/local/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "common/settings/service_links.h"
#include "common/settings/settings.h"
#include "common/settings/values.h"
#include "tool/failure.h"

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

uint16_t udp_port(const std::string& option) {
  try {
    return values::port_number(option.empty() ? setting_text("udp-port") : option);
  } catch (const std::exception& error) {
    throw Failure(kUsage,
                  fmt::format("{}: {}", option.empty() ? "KILOMETRIC_UDP_PORT" : "--port", error.what()));
  }
}

}  // namespace kilometric::tool
