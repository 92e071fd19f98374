#include "readerd/keys/key_index.h"

#include <utility>
#include <variant>

namespace kilometric {
namespace {

// Bounds as ZRANGEBYLEX takes them.

std::string least_behind(const std::string& after, const std::string& prefix) {
  if (!after.empty() && after >= prefix) return "(" + after;
  return prefix.empty() ? "-" : "[" + prefix;
}

/// No key holds the byte FF, as none is valid UTF-8 with it.
std::string most_with(const std::string& prefix) { return prefix.empty() ? "+" : "[" + prefix + "\xFF"; }

}  // namespace

/// Other names lie between a name and its tags, such as `name.x`: so the name is asked for apart.
void KeyIndex::page(Kind kind, const KeyFilter& filter, const std::string& after, Alive alive,
                    Store::On<Page> on_page) {
  const auto name = filter.name();
  const std::string prefix = name ? *name + ";" : filter.glob.prefix();
  const std::string least = least_behind(after, prefix), most = name ? "(" + *name + "<" : most_with(prefix);
  if (!name || after >= *name) return add_range(kind, filter, least, most, {}, alive, on_page);
  has(kind, *name, alive, [=, this](const Result<bool>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return on_page(*refusal);
    Page page;
    if (std::get<bool>(result)) page.keys.push_back(*name);
    add_range(kind, filter, least, most, std::move(page), alive, on_page);
  });
}

void KeyIndex::add_range(Kind kind, const KeyFilter& filter, const std::string& least, const std::string& most,
                         Page page, Alive alive, Store::On<Page> on_page) {
  store_.keys(kind, least, most, alive, [=, this](const Result<Store::Keys>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return on_page(*refusal);
    const auto& keys = std::get<Store::Keys>(result);
    Page whole{page.keys, {}, keys.size() < kPageEntries};
    whole.keys.insert(whole.keys.end(), keys.begin(), keys.end());
    matching_.match(filter, whole.keys, alive, [whole, on_page](const auto& matches) {
      on_page(Page{whole.keys, matches, whole.last});
    });
  });
}

void KeyIndex::has(Kind kind, const std::string& key, Alive alive, Store::On<bool> on_answer) {
  store_.keys(kind, "[" + key, "[" + key, std::move(alive),
              [on_answer = std::move(on_answer)](const Result<Store::Keys>& result) {
                const auto* const refusal = std::get_if<Refusal>(&result);
                if (refusal != nullptr && refusal->status != 400) return on_answer(*refusal);
                on_answer(refusal == nullptr && !std::get<Store::Keys>(result).empty());
              });
}

}  // namespace kilometric
