// The body of an answer that may be long: sent whole, with its length, when it is short; in pieces when
// it is not, each when the client has taken the last. So one answer never holds more than a piece or two
// in memory. Compressed if the client wants that, unless it is tiny and may go as it is.
//
// Owned by whoever answers a request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/refusal.h"
#include "common/http/server.h"
#include "readerd/output/accept.h"
#include "readerd/output/gzip.h"
#include "readerd/output/output.h"

namespace kilometric {

class Body {
 public:
  static constexpr size_t kTinyBytes = 1024;  ///< fits a packet as it is

  /// Requires that the client takes a coding, or none.
  Body(HttpResponse response, const Codings& codings) : response_(std::move(response)), codings_(codings) {}

  bool wanted() const { return response_.wanted(); }
  bool begun() const { return begun_; }  ///< a piece has been sent

  /// Sets the content type and further header lines. Requires !begun().
  void describe(std::string_view content_type, std::string headers);

  /// Takes the text when that is long (Output::kLongBytes): sends it, and calls `go_on` later, when the client
  /// has taken it. Otherwise false, and the text is left to grow.
  bool send_if_long(std::string& text, std::function<void()> go_on);

  /// Sends the rest.
  void finish(const std::string& text);

  /// Sends only this. When a piece has been sent already, the connection is cut.
  void refuse(const Refusal& refusal);
  void not_modified();

 private:
  std::string headers() const;
  std::string encoded(std::string_view text, bool last);

  HttpResponse response_;
  const Codings codings_;
  std::unique_ptr<Gzip> gzip_;
  std::string content_type_, headers_;
  bool begun_ = false;
};

}  // namespace kilometric
