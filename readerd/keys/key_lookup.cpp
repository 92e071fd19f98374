#include "readerd/keys/key_lookup.h"

#include <utility>

#include "common/redis/layout.h"

namespace kilometric {

std::string least_with(const std::string& prefix) { return prefix.empty() ? "-" : "[" + prefix; }

/// No key holds the byte FF, as none is valid UTF-8 with it.
std::string most_with(const std::string& prefix) { return prefix.empty() ? "+" : "[" + prefix + "\xFF"; }

void KeyLookup::find(Store& store, Kind kind, const std::vector<Glob>& globs, size_t most, Alive alive,
                     OnFound on_found) {
  next(std::shared_ptr<KeyLookup>(
      new KeyLookup(store, kind, globs, most, std::move(alive), std::move(on_found))));
}

void KeyLookup::add(std::string key) {
  if (found_.keys.size() <= most_ && known_.insert(key).second) found_.keys.push_back(std::move(key));
}

void KeyLookup::next(const std::shared_ptr<KeyLookup>& self) {
  if (self->glob_ < self->globs_.size()) {
    const std::string& text = self->glob().text();
    return self->glob().literal() == text ? take(self, text) : look_for_the_name(self);
  }
  if (self->found_.keys.size() > self->most_)
    return self->on_found_(
        Refusal{400, "key: more than " + std::to_string(self->most_) + " keys match; use a narrower pattern"});
  self->on_found_(std::move(self->found_));
}

void KeyLookup::look_for_the_name(const std::shared_ptr<KeyLookup>& self) {
  const std::string& name = self->glob().text();
  self->store_.stream_info(layout::stream_name(self->kind_, name), self->alive_,
                           [self, name](const Result<StreamInfo>& result) {
                             const StreamInfo* const info = std::get_if<StreamInfo>(&result);
                             if (info == nullptr && std::get<Refusal>(result).status != 400)
                               return self->on_found_(std::get<Refusal>(result));
                             if (info == nullptr || info->length == 0) return look_for_matches(self);
                             take(self, name);
                           });
}

void KeyLookup::take(const std::shared_ptr<KeyLookup>& self, std::string key) {
  self->add(std::move(key));
  self->found_.one = self->globs_.size() == 1;
  ++self->glob_;
  next(self);
}

void KeyLookup::look_for_matches(const std::shared_ptr<KeyLookup>& self) {
  if (auto literal = self->glob().literal()) return take(self, std::move(*literal));
  look(self, least_with(self->glob().prefix()));
}

/// `least`: where to go on in the index.
void KeyLookup::look(const std::shared_ptr<KeyLookup>& self, std::string least) {
  self->store_.keys(self->kind_, std::move(least), most_with(self->glob().prefix()), self->alive_,
                    [self](const Result<Store::Keys>& result) {
                      if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_found_(*refusal);
                      const auto& keys = std::get<Store::Keys>(result);
                      self->store_.matching().match(
                          self->glob(), keys, self->alive_,
                          [self, keys](const auto& matched) { on_matched(self, keys, matched); });
                    });
}

void KeyLookup::on_matched(const std::shared_ptr<KeyLookup>& self, const Store::Keys& keys,
                           const std::vector<bool>& matched) {
  for (size_t i = 0; i < keys.size(); ++i)
    if (matched[i]) self->add(keys[i]);
  const bool enough = self->found_.keys.size() > self->most_;
  if (keys.size() == kPageEntries && !enough) return look(self, "(" + keys.back());
  self->glob_ = enough ? self->globs_.size() : self->glob_ + 1;
  next(self);
}

}  // namespace kilometric
