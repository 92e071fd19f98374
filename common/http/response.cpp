#include "common/http/server.h"
#include "common/http/connection.h"
#include "common/http/text.h"

namespace kilometric {

HttpAnswer::HttpAnswer(std::shared_ptr<HttpConnection> connection)
    : connection_(std::move(connection)) {}

HttpAnswer::~HttpAnswer() {
  if (connection_ && begun_)
    connection_->cut();
  else if (connection_)
    send_error(*this, 500, "the server did not answer this request; report it");
}

void HttpAnswer::send(int status, std::string_view content_type, std::string_view body,
                      std::string_view extra_headers) {
  if (const auto connection = std::exchange(connection_, nullptr))
    connection->answer(status, content_type, body, extra_headers);
}

void HttpAnswer::begin(int status, std::string_view content_type, std::string_view extra_headers) {
  begun_ = true;
  connection_->begin(status, content_type, extra_headers);
}

void HttpAnswer::write(std::string_view piece) { connection_->write(piece); }

void HttpAnswer::when_ready(std::function<void()> ready) { connection_->when_ready(std::move(ready)); }

void HttpAnswer::end() { std::exchange(connection_, nullptr)->end(); }

bool HttpAnswer::stopping() const { return connection_ && connection_->stopping(); }

bool HttpAnswer::wanted() const { return connection_ && connection_->open(); }

void send_error(HttpAnswer& answer, int status, std::string_view message,
                std::string_view extra_headers) {
  answer.send(status, kHttpErrorType, http_error_body(message), extra_headers);
}

}  // namespace kilometric
