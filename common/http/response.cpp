#include "common/http/response.h"

#include "common/http/connection.h"
#include "common/http/text.h"

namespace kilometric {

HttpResponse::HttpResponse(std::shared_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}

HttpResponse::~HttpResponse() {
  if (connection_ && begun_)
    connection_->cut();
  else if (connection_)
    send_error(*this, 500, "the server did not answer this request; report it");
}

void HttpResponse::send(int status, std::string_view content_type, std::string_view body,
                        std::string_view extra_headers) {
  if (const auto connection = std::exchange(connection_, nullptr))
    connection->respond(status, content_type, body, extra_headers);
}

void HttpResponse::begin(int status, std::string_view content_type, std::string_view extra_headers) {
  begun_ = true;
  connection_->begin(status, content_type, extra_headers);
}

void HttpResponse::write(std::string_view piece) { connection_->write(piece); }

void HttpResponse::when_ready(std::function<void()> ready) { connection_->when_ready(std::move(ready)); }

void HttpResponse::end() { std::exchange(connection_, nullptr)->end(); }

bool HttpResponse::stopping() const { return connection_ && connection_->stopping(); }

std::string HttpResponse::peer() const { return connection_ ? connection_->peer() : "unknown"; }

bool HttpResponse::wanted() const { return connection_ && connection_->open(); }

void send_error(HttpResponse& response, int status, std::string_view message, std::string_view extra_headers) {
  response.send(status, kHttpErrorType, http_error_body(message), extra_headers);
}

}  // namespace kilometric
