#include "tool/reader/key_pages.h"

#include <algorithm>
#include <iterator>

#include "tool/failure.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

/// Returns the cursor of the next page; empty behind the last.
std::string take_page(const Reader& reader, const Query& query, std::string_view kind,
                      const std::function<void(std::string_view, std::string)>& each) {
  const Json page = reader.get_json(query);
  const JsonValue* keys = find(page, "keys");
  if (keys == nullptr || !keys->IsArray())
    throw Failure(kUnreachable,
                  "the answer is none of kilometric-readerd's /keys; --reader says where that is");
  for (const JsonValue& key : keys->GetArray()) each(kind, text_of(key));
  return text_of(page, "cursor");
}

}  // namespace

void for_each_key(const Reader& reader, const KeyChoice& choice,
                  const std::function<void(std::string_view kind, std::string key)>& each) {
  for (const char* kind : kKindNames) {
    if (!choice.kind.empty() && choice.kind != kind) continue;
    std::string cursor;
    do {
      Query query("/keys");
      query.add("kind", kind).add_given("match", choice.match).add("limit", "10000");
      for (const std::string& tag : choice.tags) query.add("tag", tag);
      const std::string next = take_page(reader, query.add_given("cursor", cursor), kind, each);
      if (!next.empty() && next == cursor)
        throw Failure(kUnreachable, "the list of metrics does not go on; is this kilometric-readerd?");
      cursor = next;
    } while (!cursor.empty());
  }
}

std::string literal_pattern(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (std::string_view("*[]{}\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

void check_kind(const std::string& kind) {
  if (!kind.empty() && std::ranges::find(kKindNames, kind) == std::end(kKindNames))
    throw Failure(kUsage, "--kind " + printable(kind) + ": it is counter, gauge, timer or set");
}

}  // namespace kilometric::tool
