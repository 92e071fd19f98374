#include "common/redis/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

namespace kilometric {
namespace {

bool is_numeric(const std::string& host) {
  in6_addr any;  // room for either family
  return uv_inet_pton(AF_INET, host.c_str(), &any) == 0 || uv_inet_pton(AF_INET6, host.c_str(), &any) == 0;
}

/// With its zone, which uv_ip_name() would leave out: "fe80::1%eth0".
std::string numeric_text(const addrinfo& info) {
  char text[NI_MAXHOST] = "";
  getnameinfo(info.ai_addr, info.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

}  // namespace

struct Resolver::Request {
  uv_getaddrinfo_t raw;
  Resolver* owner;  ///< nullptr once nobody listens
};

Resolver::Resolver(Loop& loop, std::string host, OnResolved on_resolved)
    : loop_(loop), host_(std::move(host)), on_resolved_(std::move(on_resolved)) {}

Resolver::~Resolver() {
  if (request_ == nullptr) return;
  request_->owner = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->raw));  // fails when a thread has begun it
}

void Resolver::start() {
  if (is_numeric(host_)) return on_resolved_({host_}, "");
  if (request_ != nullptr) return;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  auto request = std::make_unique<Request>();
  request->owner = this;
  request->raw.data = request.get();
  const auto on_done = [](uv_getaddrinfo_t* raw, int status, addrinfo* found) {
    const std::unique_ptr<Request> done(static_cast<Request*>(raw->data));
    if (done->owner != nullptr) done->owner->finish(status, found);
    uv_freeaddrinfo(found);
  };
  const int status = uv_getaddrinfo(loop_.raw(), &request->raw, on_done, host_.c_str(), nullptr, &hints);
  if (status < 0) return finish(status, nullptr);
  request_ = request.release();
}

void Resolver::finish(int status, const addrinfo* found) noexcept {
  request_ = nullptr;
  // uv_strerror() has no words for 0, and then leaks what it makes up.
  if (status != 0) return on_resolved_({}, "cannot resolve " + host_ + ": " + uv_strerror(status));
  std::vector<std::string> addresses;
  for (; found != nullptr; found = found->ai_next) addresses.push_back(numeric_text(*found));
  on_resolved_(std::move(addresses), "cannot resolve " + host_ + ": it has no address");
}

}  // namespace kilometric
