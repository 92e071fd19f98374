#include "tool/text.h"

#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>
#include <cstdint>

#include "common/utf8.h"

namespace kilometric::tool {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

/// The character that `text` begins with, which is well-formed and `bytes` long.
uint32_t character_of(std::string_view text, size_t bytes) {
  const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at])); };
  if (bytes == 1) return byte(0);
  uint32_t character = byte(0) & (0xFFU >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) character = character << 6 | (byte(i) & 0x3F);
  return character;
}

/// Marks of direction, separators of lines, and others that are not seen.
bool is_hidden(uint32_t character) {
  return (character >= 0x200B && character <= 0x200F) || (character >= 0x2028 && character <= 0x202E) ||
         (character >= 0x2060 && character <= 0x206F) || character == 0xFEFF || character == 0x061C ||
         (character >= 0xE0000 && character <= 0xE0FFF);
}

bool is_control(uint32_t character) { return character < 0x20 || (character >= 0x7F && character < 0xA0); }

/// -1: it is not printed. A character that the C library does not know takes a column.
int width_of(uint32_t character) {
  if (is_control(character) || is_hidden(character)) return -1;
  const int width = wcwidth(static_cast<wchar_t>(character));
  return width < 0 ? 1 : width;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t bytes = utf8_size(text);
    if (bytes > 0 && width_of(character_of(text, bytes)) >= 0) {
      out += text.substr(0, bytes);
    } else {
      for (const char c : text.substr(0, bytes == 0 ? 1 : bytes))
        out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += printable(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string first_lines(std::string_view text, size_t count) {
  size_t end = 0;
  for (; count > 0 && end < text.size(); --count) end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return std::string(text.substr(0, end));
}

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const size_t bytes = utf8_size(text);
    const int width = bytes == 0 ? 1 : width_of(character_of(text, bytes));
    columns += width > 0 ? static_cast<size_t>(width) : 0;
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return columns;
}

std::string cut_to(std::string_view text, size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  while (!text.empty() && columns_of(text) + 1 > columns)
    text.remove_prefix(std::max(utf8_size(text), size_t{1}));
  return columns == 0 ? "" : std::string(kEllipsis) + std::string(text);
}

std::string cut_behind(std::string_view text, size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  size_t end = 0;
  while (columns_of(text.substr(0, end)) + 1 < columns) end += std::max(utf8_size(text.substr(end)), size_t{1});
  return columns == 0 ? "" : std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::string padded(std::string_view text, size_t columns) {
  const size_t own = columns_of(text);
  return std::string(text) + std::string(own < columns ? columns - own : 0, ' ');
}

std::string padded_left(std::string_view text, size_t columns) {
  const size_t own = columns_of(text);
  return std::string(own < columns ? columns - own : 0, ' ') + std::string(text);
}

std::string harmless_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const size_t bytes = utf8_size(json);
    const uint32_t character = bytes == 0 ? 0xFFFD : character_of(json, bytes);
    const bool harmless = bytes > 0 && (character == '\n' || width_of(character) >= 0);
    if (harmless)
      out += json.substr(0, bytes);
    else if (character < 0x10000)
      out += fmt::format("\\u{:04x}", character);
    else
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD7C0 + (character >> 10), 0xDC00 + (character & 0x3FF));
    json.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

}  // namespace kilometric::tool
