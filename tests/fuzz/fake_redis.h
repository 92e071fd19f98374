// A Redis on a unix socket that keeps streams as the real one does, and does to each command what a
// script says: a digit (the low three bits of any byte) for each. At the script's end all is well.
//
//   0  all is well
//   1  the connection is lost before the command is executed
//   2  it is executed, and the connection is lost before the answer
//   3  the last entry is forgotten, as by a Redis that restarts without it, and the connection is lost
//   4  it is answered with an error, and not executed
//   5  another writer is quicker: it puts an entry with a far later ID into the same stream
//   6  as 1, and the flusher dies
//   7  all is well
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kilometric {

class FakeRedis {
 public:
  using Id = std::pair<uint64_t, uint64_t>;
  using Fields =
      std::map<std::string, std::string, std::less<>>;  ///< of an entry; none: it is another writer's
  using Streams = std::map<std::string, std::map<Id, Fields>>;
  using Indexes = std::map<std::string, std::set<std::string>>;  ///< by their names

  explicit FakeRedis(const std::filesystem::path& socket);

  void begin(std::string_view script);
  void turn();  ///< accepts, reads, answers; never waits
  bool take_death() { return std::exchange(death_, false); }

  unsigned run() const { return run_; }  ///< another one each time it has forgotten
  const Streams& streams() const { return streams_; }
  const Indexes& indexes() const { return indexes_; }
  /// How often an entry with these fields was added, those apart that were forgotten.
  const std::map<Fields, int>& added() const { return added_; }

 private:
  void disconnect();
  void answer(const redisReply& command);
  std::string execute(const std::vector<std::string>& words);
  std::string add(const std::vector<std::string>& words);
  void write_ahead(const std::string& name, Id id);
  void put(const std::string& stream, Id id, Fields fields);
  void forget();

  int listen_fd_;
  int fd_ = -1;
  redisReader* reader_ = nullptr;
  std::string script_;
  size_t at_ = 0;
  bool death_ = false;
  unsigned run_ = 1;
  Streams streams_;
  Indexes indexes_;
  std::map<Fields, int> added_;
  struct Added {
    std::string stream;
    Id id;
    Fields fields;
    std::map<Id, Fields> trimmed;  ///< by it
  };
  std::vector<Added> history_;
};

}  // namespace kilometric
