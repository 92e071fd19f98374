#include "tool/local/service_settings.h"

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace kilometric::tool {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t first = text.find_first_not_of(kBlank);
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted =
      value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_environment_file(std::istream& file) {
  constexpr size_t kMostVariables = 1'000;
  std::vector<std::pair<std::string, std::string>> variables;
  for (std::string line; variables.size() < kMostVariables && std::getline(file, line);) {
    const std::string_view text = trimmed(line);  // a comment begins with another character
    const size_t equals = text.find('=');
    if (!text.starts_with("KILOMETRIC_") || equals == text.npos) continue;
    variables.emplace_back(text.substr(0, equals), without_quotes(trimmed(text.substr(equals + 1))));
  }
  return variables;
}

bool adopt_service_settings() {
  std::ifstream file(kServiceSettings);
  if (!file) return false;
  for (const auto& [name, value] : parse_environment_file(file)) setenv(name.c_str(), value.c_str(), 0);
  return true;
}

}  // namespace kilometric::tool
