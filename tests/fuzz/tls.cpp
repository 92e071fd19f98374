// A connection by TLS with a server in which bytes come in any pieces, are changed, or are not TLS at all: what
// either side is given to read is what the other has sent, in its order and from its beginning, and all of it
// when nothing was changed; a session that is at its end says why.
//
// Of each two bytes of the input the first says what happens (`What`) and the second how much of it.
#include "common/redis/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/scratch.h"

using namespace kilometric;

namespace {

enum What : uint8_t { server_sends, client_sends, to_client, to_server, change, stray, server_ends, kinds };

constexpr size_t kStep = 97;  // bytes for each that an input asks for: some of it takes several records

/// Who signs itself, for localhost; its certificate is in a file.
class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 86'400);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* const name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const uint8_t*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate_, name);
    X509_sign(certificate_, key_, EVP_sha256());
    BIO* const text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(text, certificate_);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text, &bytes);
    path_ = scratch_.write("authority", {bytes, static_cast<size_t>(size)}).string();
    BIO_free(text);
    SSL_CTX_use_certificate(context_, certificate_);
    SSL_CTX_use_PrivateKey(context_, key_);
  }

  SSL_CTX* context() const { return context_; }
  const std::string& path() const { return path_; }

 private:
  Scratch scratch_;
  EVP_PKEY* key_;
  X509* certificate_;
  SSL_CTX* context_ = SSL_CTX_new(TLS_server_method());
  std::string path_;
};

class Server {
 public:
  explicit Server(SSL_CTX* context) : session_(SSL_new(context)) {
    SSL_set_bio(session_, in_, out_);
    SSL_set_accept_state(session_);
  }
  ~Server() { SSL_free(session_); }

  void send(std::string_view plain) { unsent_ += plain; }
  void end() { SSL_shutdown(session_); }

  void receive(std::string_view sealed, std::string& plain) {
    BIO_write(in_, sealed.data(), static_cast<int>(sealed.size()));
    char bytes[16'384];
    for (int count; (count = SSL_read(session_, bytes, sizeof bytes)) > 0;)
      plain.append(bytes, static_cast<size_t>(count));
  }

  std::string take_sealed() {
    if (SSL_is_init_finished(session_) && !unsent_.empty() &&
        SSL_write(session_, unsent_.data(), static_cast<int>(unsent_.size())) > 0)
      unsent_.clear();
    std::string sealed(BIO_pending(out_), '\0');
    BIO_read(out_, sealed.data(), static_cast<int>(sealed.size()));
    return sealed;
  }

 private:
  SSL* session_;
  BIO* const in_ = BIO_new(BIO_s_mem());
  BIO* const out_ = BIO_new(BIO_s_mem());
  std::string unsent_;
};

class Conversation {
 public:
  explicit Conversation(const Authority& authority)
      : client_({authority.path(), "", ""}, "localhost"), server_(authority.context()) {}

  void happens(What what, size_t much) {
    switch (what) {
      case server_sends:
        if (!ended_) server_.send(text(server_said_, much * kStep));
        break;
      case client_sends:
        client_.send(text(client_said_, much * kStep));
        break;
      case to_client:
        take();
        deliver_to_client(much * kStep);
        break;
      case to_server:
        take();
        deliver_to_server(much * kStep);
        break;
      case change:
        take();
        if (on_way_.empty()) return;
        on_way_[much % on_way_.size()] ^= static_cast<char>(1 + much % 255);
        changed_ = true;
        break;
      case stray:
        take();
        on_way_ += std::string(much, static_cast<char>(much));
        changed_ = changed_ || much > 0;
        break;
      case server_ends:
        ended_ = true;
        server_.end();
        break;
      case kinds:
        break;
    }
  }

  void finish() {
    for (int turn = 0; turn < 8; ++turn) {
      take();
      deliver_to_server(on_way_back_.size());
      take();
      deliver_to_client(on_way_.size());
    }
    assert(lives_ == client_.failure().empty());
    assert(server_said_.starts_with(client_heard_) && client_said_.starts_with(server_heard_));
    if (changed_ || ended_) return;
    assert(lives_ && client_heard_ == server_said_ && server_heard_ == client_said_);
  }

 private:
  /// More of what is said, in which each byte shows where it stands.
  static std::string text(std::string& said, size_t bytes) {
    std::string more;
    for (size_t i = 0; i < bytes; ++i) more += static_cast<char>((said.size() + i) * 31 % 251);
    said += more;
    return more;
  }

  void take() {
    on_way_ += server_.take_sealed();
    on_way_back_ += client_.take_sealed();
    assert(!lives_ || !client_.has_sealed());
  }

  void deliver_to_client(size_t bytes) {
    const std::string sealed = on_way_.substr(0, bytes);
    on_way_.erase(0, sealed.size());
    if (lives_ && !sealed.empty()) lives_ = client_.receive(sealed, client_heard_);
  }

  void deliver_to_server(size_t bytes) {
    const std::string sealed = on_way_back_.substr(0, bytes);
    on_way_back_.erase(0, sealed.size());
    if (!sealed.empty()) server_.receive(sealed, server_heard_);
  }

  TlsSession client_;
  Server server_;
  std::string on_way_, on_way_back_;  ///< sealed, to the client and to the server
  std::string server_said_, client_said_, server_heard_, client_heard_;
  bool lives_ = true, changed_ = false, ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& authority = *new Authority;
  Conversation conversation(authority);
  for (size_t i = 0; i + 1 < std::min<size_t>(size, 200); i += 2)
    conversation.happens(static_cast<What>(data[i] % kinds), data[i + 1]);
  conversation.finish();
  return 0;
}
