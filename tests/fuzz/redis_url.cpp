// A Redis URL of anything: refused in words that do not repeat it, or shown without its password,
// and what is shown leads to the same place.
#include <cassert>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "common/redis/url.h"

using namespace kilometric;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const RedisUrl url = RedisUrl::parse(text);
    assert(url.host.empty() != (url.path.empty() && url.sentinels.empty() && url.nodes.empty()) &&
           url.port != 0);
    if (!url.path.empty()) return 0;  // shown as it is, unescaped
    const RedisUrl shown = RedisUrl::parse(url.display());
    assert(shown.host == url.host && shown.port == url.port && shown.db == url.db && shown.tls == url.tls);
    assert(shown.nodes == url.nodes);
    assert(shown.sentinels == url.sentinels && shown.primary == url.primary);
    assert(shown.user.empty() && shown.password.empty());
    assert(shown.sentinel_user.empty() && shown.sentinel_password.empty());
  } catch (const std::invalid_argument& error) {
    assert(std::string_view(error.what()).find("secret") == std::string_view::npos);
  }
  return 0;
}
