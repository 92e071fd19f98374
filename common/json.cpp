#include "common/json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace kilometric {

std::string json_string(std::string_view text) {
  rapidjson::StringBuffer out;
  rapidjson::Writer writer(out);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {out.GetString(), out.GetSize()};
}

}  // namespace kilometric
