#include "common/redis/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace kilometric {
namespace {

/// Of TLS 1.3, in the order of our wish: the first is as safe as its key of 128 bits, and the cheapest.
constexpr const char* kSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

template <auto free>
struct Free {
  void operator()(auto* what) const { free(what); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

/// The last thing that OpenSSL said, and nothing is left of what it said before.
unsigned long take_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  return error;
}

std::string words_of(unsigned long error) {
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* const words = ERR_reason_error_string(error);
  return words != nullptr ? words : "no reason is given";
}

[[noreturn]] void refuse_file(const char* what, const std::string& file) {
  // The first thing it said: what follows is a consequence.
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  throw std::runtime_error(fmt::format("{} {} cannot be used: {}", what, file, words_of(error)));
}

/// Whether the authorities' file lists certificates that are revoked.
bool has_revocations(const SSL_CTX& context) {
  const STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(&context));
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
    if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) return true;
  return false;
}

Context make_context(const TlsFiles& files) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::bad_alloc();
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_ciphersuites(raw, kSuites);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(raw, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (files.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(raw);
  } else if (SSL_CTX_load_verify_file(raw, files.authorities.c_str()) != 1) {
    refuse_file("the authorities' file", files.authorities);
  } else if (has_revocations(*raw)) {
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_CRL_CHECK);
  }
  if (files.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
    refuse_file("the certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    refuse_file("the key", files.key);
  return context;
}

/// Why the greeting failed.
std::string failure_of(const SSL& session, const std::string& host) {
  const unsigned long error = take_error();
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return "TLS failed: " + words_of(error);
  switch (ERR_GET_REASON(error)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED: {
      const long result = SSL_get_verify_result(&session);
      const char* const words = X509_verify_cert_error_string(result);
      if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return fmt::format("Redis' certificate is not for {}", host);
      if (result == X509_V_ERR_CERT_HAS_EXPIRED || result == X509_V_ERR_CERT_NOT_YET_VALID ||
          result == X509_V_ERR_CERT_REVOKED)
        return fmt::format("Redis' certificate will not do: {}", words);
      return fmt::format("Redis' certificate is not trusted ({}); KILOMETRIC_REDIS_CA says whom to trust",
                         words);
    }
    case SSL_R_WRONG_VERSION_NUMBER:
      return "what answers there does not speak TLS: is it redis:// instead of rediss://?";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "Redis wants a certificate: set KILOMETRIC_REDIS_CERT and KILOMETRIC_REDIS_KEY";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return fmt::format("Redis does not take our certificate ({})", words_of(error));
    default:
      return "TLS failed: " + words_of(error);
  }
}

}  // namespace

struct TlsSession::Parts {
  std::string host;
  Session session;
  std::string plain;  ///< to be sent
  std::string sealed_out;
  std::string_view sealed_in;  ///< of what is being received, what the session has not taken
  std::string failure;

  static Parts& of(BIO* bio) { return *static_cast<Parts*>(BIO_get_data(bio)); }

  static int write(BIO* bio, const char* bytes, size_t count, size_t* written) noexcept {
    try {
      of(bio).sealed_out.append(bytes, count);
    } catch (const std::exception&) {
      return 0;
    }
    *written = count;
    return 1;
  }

  static int read(BIO* bio, char* bytes, size_t most, size_t* count) noexcept {
    std::string_view& sealed = of(bio).sealed_in;
    BIO_clear_retry_flags(bio);
    *count = sealed.copy(bytes, most);
    sealed.remove_prefix(*count);
    if (*count == 0) BIO_set_retry_read(bio);
    return *count > 0;
  }

  static long control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH; }

  /// The session's way to the socket, which is memory of ours: that of OpenSSL would copy it twice more.
  Bio make_bio() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory");
      if (made == nullptr) throw std::bad_alloc();
      BIO_meth_set_write_ex(made, write);
      BIO_meth_set_read_ex(made, read);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    Bio bio(BIO_new(method));
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio.get(), this);
    BIO_set_init(bio.get(), 1);
    return bio;
  }

  bool greeted() const { return SSL_is_init_finished(session.get()) != 0; }

  /// Whether the session lives on after a call that returned `result`.
  bool lives(int result) {
    const int error = SSL_get_error(session.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_NONE) return true;
    failure = error == SSL_ERROR_ZERO_RETURN ? "Redis closed the connection" : failure_of(*session, host);
    return false;
  }
};

TlsSession::TlsSession(const TlsFiles& files, const std::string& host) {
  const Context context = make_context(files);
  parts_ = std::make_unique<Parts>();
  parts_->host = host;
  parts_->session.reset(SSL_new(context.get()));
  const Session& session = parts_->session;
  if (!session) throw std::bad_alloc();
  BIO* const bio = parts_->make_bio().release();
  SSL_set_bio(session.get(), bio, bio);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str()) != 1) {
    SSL_set1_host(session.get(), host.c_str());
    // As SSL_set_tlsext_host_name() does it, with C's casts.
    SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
  }
  ERR_clear_error();
  parts_->lives(SSL_connect(parts_->session.get()));
}

TlsSession::~TlsSession() = default;

void TlsSession::send(std::string_view plain) { parts_->plain += plain; }

std::string TlsSession::take_sealed() {
  if (parts_->greeted() && !parts_->plain.empty()) {
    ERR_clear_error();
    size_t written = 0;  // all of it: memory does not block
    SSL_write_ex(parts_->session.get(), parts_->plain.data(), parts_->plain.size(), &written);
    parts_->plain.erase(0, written);
  }
  return std::exchange(parts_->sealed_out, {});
}

bool TlsSession::has_sealed() const {
  return !parts_->sealed_out.empty() || (parts_->greeted() && !parts_->plain.empty());
}

bool TlsSession::receive(std::string_view sealed, std::string& plain) {
  ERR_clear_error();
  parts_->sealed_in = sealed;
  if (!parts_->greeted()) {
    if (const int result = SSL_connect(parts_->session.get()); result != 1) return parts_->lives(result);
  }
  char record[16'384];  // its most
  do {
    size_t read = 0;
    const int result = SSL_read_ex(parts_->session.get(), record, sizeof record, &read);
    if (result != 1) return parts_->lives(result);
    plain.append(record, read);
  } while (SSL_has_pending(parts_->session.get()) != 0 || !parts_->sealed_in.empty());
  return true;
}

const std::string& TlsSession::failure() const { return parts_->failure; }

}  // namespace kilometric
