#include "readerd/output/body.h"

#include <utility>

namespace kilometric {

void Body::describe(std::string_view content_type, std::string headers) {
  content_type_ = content_type;
  headers_ = std::move(headers);
}

std::string Body::headers() const {
  return headers_ + "Vary: Accept, Accept-Encoding\r\n" + (gzip_ ? "Content-Encoding: gzip\r\n" : "");
}

std::string Body::encoded(std::string_view text, bool last) {
  return gzip_ ? gzip_->compress(text, last) : std::string(text);
}

bool Body::send_if_long(std::string& text, std::function<void()> go_on) {
  if (text.size() < kPieceBytes) return false;
  if (!std::exchange(begun_, true)) {
    if (gzip_wanted_) gzip_ = std::make_unique<Gzip>();
    answer_.begin(200, content_type_, headers());
  }
  answer_.write(encoded(text, false));
  text.clear();
  answer_.when_ready(std::move(go_on));
  return true;
}

void Body::finish(std::string& text) {
  if (begun_) {
    answer_.write(encoded(text, true));
    return answer_.end();
  }
  if (gzip_wanted_ && text.size() > kTinyBytes) gzip_ = std::make_unique<Gzip>();
  answer_.send(200, content_type_, encoded(text, true), headers());
}

void Body::refuse(const Refusal& refusal) {
  if (begun_)
    HttpAnswer(std::move(answer_));  // dropped: cuts the connection
  else
    send_refusal(answer_, refusal);
}

void Body::not_modified() { answer_.send(304, {}, {}, headers_ + "Vary: Accept, Accept-Encoding\r\n"); }

}  // namespace kilometric
