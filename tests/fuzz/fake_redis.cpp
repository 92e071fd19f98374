#include "tests/fuzz/fake_redis.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <cstring>

#include "common/uv.h"

namespace kilometric {
namespace {

enum Fate { well, lost_before, lost_after, forgotten, refused, late, death, well_too };

FakeRedis::Id id_of(const std::string& text) {
  FakeRedis::Id id{};
  std::sscanf(text.c_str(), "%lu-%lu", &id.first, &id.second);
  return id;
}

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

/// `XADD name [MAXLEN ~ most] ID ...`
size_t id_at(const std::vector<std::string>& words) { return words[2] == "MAXLEN" ? 5 : 2; }

std::string to_text(FakeRedis::Id id) { return std::to_string(id.first) + "-" + std::to_string(id.second); }

}  // namespace

FakeRedis::FakeRedis(const std::filesystem::path& socket)
    : listen_fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  ::unlink(socket.c_str());
  uv_check(::bind(listen_fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  uv_check(::listen(listen_fd_, 8), "listen");
}

void FakeRedis::begin(std::string_view script) {
  disconnect();
  script_ = script;
  at_ = 0;
  death_ = false;
  streams_.clear();
  indexes_.clear();
  history_.clear();
  added_.clear();
}

void FakeRedis::disconnect() {
  if (fd_ < 0) return;
  ::close(std::exchange(fd_, -1));
  redisReaderFree(std::exchange(reader_, nullptr));
}

void FakeRedis::turn() {
  if (const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); fd >= 0) {
    disconnect();
    fd_ = fd;
    reader_ = redisReaderCreate();
  }
  if (fd_ < 0) return;
  char buffer[16384];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got == 0) return disconnect();
  if (got < 0) return;
  redisReaderFeed(reader_, buffer, static_cast<size_t>(got));
  void* command = nullptr;
  while (fd_ >= 0 && redisReaderGetReply(reader_, &command) == REDIS_OK && command != nullptr) {
    answer(*static_cast<redisReply*>(command));
    freeReplyObject(command);
  }
}

void FakeRedis::answer(const redisReply& command) {
  std::vector<std::string> words;
  for (size_t i = 0; i < command.elements; ++i)
    words.emplace_back(command.element[i]->str, static_cast<size_t>(command.element[i]->len));
  assert(!words.empty());
  const auto fate = static_cast<Fate>(at_ < script_.size() ? script_[at_++] & 7 : 0);
  if (fate == death) death_ = true;
  if (fate == forgotten) forget();
  if (fate == lost_before || fate == death || fate == forgotten) return disconnect();
  if (fate == late && words[0] == "XADD") write_ahead(words[1], id_of(words[id_at(words)]));
  const std::string reply = fate == refused ? "-LOADING Redis is loading\r\n" : execute(words);
  if (fate == lost_after) return disconnect();
  (void)!::send(fd_, reply.data(), reply.size(), MSG_NOSIGNAL);
}

std::string FakeRedis::execute(const std::vector<std::string>& words) {
  if (words[0] == "PING") return "+PONG\r\n";
  if (words[0] == "ZADD") {
    int added = 0;
    for (size_t i = 3; i < words.size(); i += 2) added += indexes_[words[1]].insert(words[i]).second;
    return ":" + std::to_string(added) + "\r\n";
  }
  if (words[0] == "HGET") return bulk("0");  // nobody has trimmed anything: the instance's oldest is its first
  if (words[0] == "XADD") return add(words);
  const auto stream = streams_.find(words[words[0] == "XINFO" ? 2 : 1]);
  const bool there = stream != streams_.end() && !stream->second.empty();
  if (words[0] == "XINFO") {
    if (!there) return "-ERR no such key\r\n";
    return "*6\r\n" + bulk("length") + ":" + std::to_string(stream->second.size()) + "\r\n" +
           bulk("last-generated-id") + bulk(to_text(stream->second.rbegin()->first)) + bulk("first-entry") +
           "*2\r\n" + bulk(to_text(stream->second.begin()->first)) + "*0\r\n";
  }
  if (words[0] == "XREVRANGE") {
    assert(words[3] == "-" && words[4] == "COUNT" && words[5] == "1");
    if (!there || stream->second.begin()->first > id_of(words[2])) return "*0\r\n";
    const std::string id = to_text(std::prev(stream->second.upper_bound(id_of(words[2])))->first);
    return "*1\r\n*2\r\n" + bulk(id) + "*2\r\n" + bulk("count") + bulk("1");
  }
  assert(words[0] == "XRANGE" && words[2] == words[3]);
  if (!there || !stream->second.contains(id_of(words[2]))) return "*0\r\n";
  return "*1\r\n*2\r\n" + bulk(words[2]) + "*2\r\n" + bulk("count") + bulk("1");
}

std::string FakeRedis::add(const std::vector<std::string>& words) {
  const size_t at = id_at(words);
  const Id id = id_of(words[at]);
  auto& stream = streams_[words[1]];
  if (!stream.empty() && stream.rbegin()->first >= id)
    return "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n";
  Fields fields;
  for (size_t i = at + 1; i + 1 < words.size(); i += 2) fields[words[i]] = words[i + 1];
  put(words[1], id, std::move(fields));
  if (at > 2)
    while (stream.size() > std::stoul(words[4])) history_.back().trimmed.insert(stream.extract(stream.begin()));
  return bulk(words[at]);
}

/// Does what another instance does whose clock is ahead of `id`.
void FakeRedis::write_ahead(const std::string& name, Id id) {
  const Id later{id.first + 5, 0};
  const auto& stream = streams_[name];
  if (stream.empty() || stream.rbegin()->first < later) put(name, later, {});
}

void FakeRedis::put(const std::string& stream, Id id, Fields fields) {
  ++added_[fields];
  history_.push_back({stream, id, fields, {}});
  streams_[stream][id] = std::move(fields);
}

void FakeRedis::forget() {
  ++run_;
  indexes_.clear();
  if (history_.empty()) return;
  auto& stream = streams_[history_.back().stream];
  stream.erase(history_.back().id);
  stream.merge(history_.back().trimmed);
  --added_[history_.back().fields];
  history_.pop_back();
}

}  // namespace kilometric
