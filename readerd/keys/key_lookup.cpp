#include "readerd/keys/key_lookup.h"

#include <utility>

#include "common/redis/layout.h"

namespace kilometric {

std::string least_with(const std::string& prefix) { return prefix.empty() ? "-" : "[" + prefix; }

/// No key holds the byte FF, as none is valid UTF-8 with it.
std::string most_with(const std::string& prefix) { return prefix.empty() ? "+" : "[" + prefix + "\xFF"; }

void Names::find(Pages& pages, const std::vector<Glob>& globs, size_t most, Pages::Wanted wanted, OnFound on_found) {
  next(std::shared_ptr<Names>(new Names(pages, globs, most, std::move(wanted), std::move(on_found))));
}

void Names::add(std::string key) {
  if (found_.keys.size() <= most_ && known_.insert(key).second) found_.keys.push_back(std::move(key));
}

void Names::next(const std::shared_ptr<Names>& self) {
  if (self->glob_ < self->globs_.size()) {
    const std::string& text = self->glob().text();
    return self->glob().literal() == text ? take(self, text) : look_for_the_name(self);
  }
  if (self->found_.keys.size() > self->most_)
    return self->on_found_(Refusal{400, "key: more than " + std::to_string(self->most_) +
                                            " keys match; use a narrower pattern"});
  self->on_found_(std::move(self->found_));
}

void Names::look_for_the_name(const std::shared_ptr<Names>& self) {
  const std::string& name = self->glob().text();
  self->pages_.reach(layout::stream_name(name), self->wanted_, [self, name](const Result<Reach>& result) {
    const Reach* const reach = std::get_if<Reach>(&result);
    if (reach == nullptr && std::get<Refusal>(result).status != 400) return self->on_found_(std::get<Refusal>(result));
    if (reach == nullptr || reach->length == 0) return look_for_matches(self);
    take(self, name);
  });
}

void Names::take(const std::shared_ptr<Names>& self, std::string key) {
  self->add(std::move(key));
  self->found_.one = self->globs_.size() == 1;
  ++self->glob_;
  next(self);
}

void Names::look_for_matches(const std::shared_ptr<Names>& self) {
  if (auto literal = self->glob().literal()) return take(self, std::move(*literal));
  look(self, least_with(self->glob().prefix()));
}

/// `least`: where to go on in the index.
void Names::look(const std::shared_ptr<Names>& self, std::string least) {
  self->pages_.keys(std::move(least), most_with(self->glob().prefix()), self->wanted_,
                    [self](const Result<Pages::Keys>& result) {
                      if (const auto* refusal = std::get_if<Refusal>(&result)) return self->on_found_(*refusal);
                      const auto& keys = std::get<Pages::Keys>(result);
                      self->pages_.matching().match(self->glob(), keys, self->wanted_, [self, keys](const auto& matched) {
                        on_matched(self, keys, matched);
                      });
                    });
}

void Names::on_matched(const std::shared_ptr<Names>& self, const Pages::Keys& keys, const std::vector<bool>& matched) {
  for (size_t i = 0; i < keys.size(); ++i)
    if (matched[i]) self->add(keys[i]);
  const bool enough = self->found_.keys.size() > self->most_;
  if (keys.size() == kPageEntries && !enough) return look(self, "(" + keys.back());
  self->glob_ = enough ? self->globs_.size() : self->glob_ + 1;
  next(self);
}

}  // namespace kilometric
