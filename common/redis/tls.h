// TLS for a connection to Redis, by OpenSSL: takes what is to be sent, gives what is to be written to the
// socket, and the other way round. It reads and writes no socket itself.
//
// Owned by the connection's events (events.cpp); a new one for each connection, with the files as they are
// then, so that a certificate that is renewed is taken up by the next.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace kilometric {

/// What a connection by TLS goes by; all in PEM.
struct TlsFiles {
  /// Who may have signed the server's certificate, and what they have revoked; empty: whom the system trusts.
  std::string authorities;
  std::string certificate, key;  ///< ours; both or none
};

class TlsSession {
 public:
  /// A client's, to `host`, a name or an address for which the server's certificate has to be. Throws
  /// std::runtime_error with the reason when the files will not do.
  TlsSession(const TlsFiles& files, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// It is kept until take_sealed(): what is sent together takes one record of TLS.
  void send(std::string_view plain);

  /// What the socket is to be given now. Empty while the server's part of the greeting is awaited.
  std::string take_sealed();
  bool has_sealed() const;

  /// Adds what the server says in `sealed`, as it came from the socket, to `plain`. False when the connection
  /// is at its end: failure() says why.
  bool receive(std::string_view sealed, std::string& plain);
  const std::string& failure() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kilometric
