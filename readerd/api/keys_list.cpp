#include "readerd/api/keys_list.h"

#include <variant>

#include "common/http/refusal.h"
#include "common/json.h"
#include "readerd/output/json.h"

namespace kilometric {

void KeysList::ask() {
  const auto self = shared_from_this();
  index_.page(
      query_.kind, {query_.match, query_.tags ? &*query_.tags : nullptr}, last_,
      [self] { return self->response_.wanted(); },
      [self](const Result<KeyIndex::Page>& result) {
        if (const auto* refusal = std::get_if<Refusal>(&result)) return send_refusal(self->response_, *refusal);
        self->on_page(std::get<KeyIndex::Page>(result));
      });
}

void KeysList::on_page(const KeyIndex::Page& page) {
  for (size_t i = 0; i < page.keys.size(); ++i) {
    if (found_.size() == query_.limit) return finish(true);
    if (page.matches[i]) found_.push_back(page.keys[i]);
    last_ = page.keys[i];
  }
  looked_at_ += page.keys.size();
  if (page.last) return finish(false);
  if (found_.size() == query_.limit || looked_at_ >= kMostLookedAt) return finish(true);
  ask();
}

void KeysList::finish(bool more) {
  std::string text = R"({"keys":[)";
  for (const std::string& key : found_)
    text.append(&key == &found_.front() ? "" : ",").append(json_string(key));
  text += ']';
  if (more) text.append(R"(,"cursor":)").append(json_string(last_));
  response_.send(200, "application/json", text + '}');
}

}  // namespace kilometric
