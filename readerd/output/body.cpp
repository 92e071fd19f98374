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
  if (text.size() < Output::kLongBytes) return false;
  if (!std::exchange(begun_, true)) {
    if (codings_.gzip) gzip_ = std::make_unique<Gzip>();
    response_.begin(200, content_type_, headers());
  }
  response_.write(encoded(text, false));
  text.clear();
  response_.when_ready(std::move(go_on));
  return true;
}

void Body::finish(const std::string& text) {
  if (begun_) {
    response_.write(encoded(text, true));
    return response_.end();
  }
  if (codings_.gzip && (text.size() > kTinyBytes || !codings_.identity)) gzip_ = std::make_unique<Gzip>();
  response_.send(200, content_type_, encoded(text, true), headers());
}

void Body::refuse(const Refusal& refusal) {
  if (begun_)
    HttpResponse(std::move(response_));  // dropped: cuts the connection
  else
    send_refusal(response_, refusal);
}

void Body::not_modified() { response_.send(304, {}, {}, headers_ + "Vary: Accept, Accept-Encoding\r\n"); }

}  // namespace kilometric
