// Where Redis is: `redis://[user[:password]@]host[:port][/db]`, the same with `rediss://` for TLS, or
// `unix:///path[?db=N]`, also with `[user]:password@` before the path; or who knows where it is:
// `redis-sentinel://[user[:password]@]host[:port],host[:port]/name[/db]`, the same with `rediss-sentinel://`;
// or some nodes of a cluster: `redis-cluster://[user[:password]@]host[:port],host[:port]`, or
// `rediss-cluster://`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/tls.h"

namespace kilometric {

struct RedisUrl {
  struct Host {
    std::string name;  ///< or a numeric address
    uint16_t port = 0;

    bool operator==(const Host&) const = default;
    std::string text() const;  ///< "[::1]:6379"
  };

  std::string host = "localhost";  ///< empty when `path` is set
  uint16_t port = 6379;
  std::string path;      ///< unix socket; empty for TCP
  std::string user;      ///< empty: the default user
  std::string password;  ///< empty: none
  unsigned db = 0;
  bool tls = false;
  TlsFiles tls_files;           ///< settings of their own, not from the URL
  std::vector<Host> sentinels;  ///< who know where it is; with any of them, host and port say nothing
  std::string primary;          ///< the name of what the sentinels call a master
  std::string sentinel_user, sentinel_password;  ///< as what we ask them; empty: without AUTH
  std::vector<Host> nodes = {};  ///< of a cluster, some; with any of them, host and port say nothing

  static constexpr size_t kMostSentinels = 16;
  static constexpr size_t kMostNodes = 16;  ///< that are named; the cluster may have more

  /// User, password and path are percent-decoded. `redis://:password@host` has a password and no user.
  /// Throws std::invalid_argument with a reason that does not repeat the URL (it may hold a secret).
  static RedisUrl parse(std::string_view text);

  /// For logs: the URL without user and password.
  std::string display() const;
};

}  // namespace kilometric
