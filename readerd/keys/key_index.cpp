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

void KeyIndex::page(Kind kind, const Glob& glob, const std::string& after, Alive alive,
                    Store::On<Page> on_page) {
  const std::string prefix = glob.prefix();
  store_.keys(kind, least_behind(after, prefix), most_with(prefix), alive,
              [this, &glob, alive, on_page = std::move(on_page)](const Result<Store::Keys>& result) {
                if (const auto* refusal = std::get_if<Refusal>(&result)) return on_page(*refusal);
                const auto& keys = std::get<Store::Keys>(result);
                matching_.match(glob, keys, alive, [keys, on_page](const auto& matches) {
                  on_page(Page{keys, matches});
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
