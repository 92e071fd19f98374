#include "ingestd/send/sender.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>

#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

/// How many commands are on their way at a time, and how long answers are left to gather. A batch takes three
/// quarters of a second when nothing else waits: those who share a processor with Redis and with us, workers
/// first of all, then hardly notice a flush. In a hurry Redis is to be busy all the time, at the least cost to
/// us. The window bounds memory, and what has to be looked up after a loss.
constexpr size_t kLeastWindow = 50;
constexpr size_t kUnhurriedMs = 750;
constexpr std::chrono::milliseconds kUnhurriedPause{1};
constexpr size_t kHurriedWindow = 800;
constexpr std::chrono::milliseconds kHurriedPause{2};
constexpr size_t kIndexKeys = 100;  ///< keys a ZADD
constexpr std::chrono::milliseconds kLeastWait{100};
constexpr std::chrono::milliseconds kMostWait{5000};

}  // namespace

Sender::Sender(Loop& loop, Redis& redis, Spool& spool, const RedisClock& clock, Identity boot,
               std::function<void()> on_drained)
    : loop_(loop),
      redis_(redis),
      spool_(spool),
      clock_(clock),
      boot_(boot),
      on_drained_(std::move(on_drained)),
      retry_(loop, [this] { kick(); }),
      wait_(kLeastWait) {}

void Sender::kick() noexcept {
  if (!redis_.up() || !clock_.known() || in_flight_ > 0 || retry_.active()) return;
  try {
    if (std::exchange(stale_, false)) batch_ = {};
    lost_ = false;
    trouble_.clear();
    if (!batch_ && !open_next()) return on_drained_();
    next_ = 0;
    advance();
  } catch (const std::exception& error) {
    trouble_ = error.what();
    back_off();
  }
}

bool Sender::open_next() {
  Batch batch = spool_.next();
  if (!batch) return false;
  if (batch.header().ms == 0) batch = give_ids(std::move(batch));
  std::vector<EntryState> states(batch.size(), EntryState::todo);
  const Spool::Entries excluded = spool_.excluded(batch);
  for (size_t i = 0; i < batch.size() && !excluded.empty(); ++i) {
    const BatchEntry entry = batch[i];
    if (excluded.contains({std::string(entry.key), batch.ms(entry)})) states[i] = EntryState::done;
  }
  command_ms_.reset();
  batch_ = std::move(batch);
  states_ = std::move(states);
  late_.clear();
  index_next_ = 0;
  began_ms_ = uv_now(loop_.raw());
  hurried_ = spool_.to_send() > 1;  // also what was kept, when Redis is another run
  redis_.read_every(hurried_ ? kHurriedPause : kUnhurriedPause);
  return true;
}

/// For a batch harvested before Redis had ever told its time: it happened this long ago, or, before a
/// reboot, when this host's clock said so. That time may be taken as a batch's own ms already, so its
/// entries get IDs of the other form.
Batch Sender::give_ids(Batch batch) {
  const BatchHeader& header = batch.header();
  const bool same_boot = header.boot == boot_ && boot_ != Identity{};
  const int64_t then = same_boot ? clock_.at(header.boot_ms) : std::min(header.wall_ms, clock_.now());
  std::map<size_t, uint64_t> ms;
  for (size_t i = 0; i < batch.size(); ++i)
    if (batch[i].ms == 0) ms[i] = static_cast<uint64_t>(std::max<int64_t>(then, 1));
  return ms.empty() ? std::move(batch) : spool_.change_ids(batch, ms);
}

/// A batch becomes hurried when others wait, at the stop, when it is too large for that time, and when it
/// has taken twice that: Redis is far away, or slow.
size_t Sender::window() {
  const size_t unhurried = std::max(states_.size() / kUnhurriedMs, kLeastWindow);
  if (!hurried_) {
    const uint64_t took_ms = uv_now(loop_.raw()) - began_ms_;
    hurried_ =
        stopping_ || spool_.pending() > 1 || unhurried > kHurriedWindow / 2 || took_ms > 2 * kUnhurriedMs;
    if (hurried_) redis_.read_every(kHurriedPause);
  }
  return hurried_ ? kHurriedWindow : unhurried;
}

std::string Sender::id_of(const BatchEntry& entry) const {
  const BatchHeader& header = batch_.header();
  const uint64_t second =
      entry.ms == 0 ? header.instance : layout::late_second_part(header.instance, header.number);
  return std::to_string(batch_.ms(entry)) + "-" + std::to_string(second);
}

void Sender::advance() {
  pump();
  // A lost connection goes on with kick(), when Redis is up again.
  if (in_flight_ == 0 && !lost_) settle_batch();
}

void Sender::pump() {
  const size_t most = window();
  while (in_flight_ < most && next_ < states_.size() && going()) {
    const size_t index = next_++;
    if (states_[index] == EntryState::todo) send_entry(index);
  }
  while (in_flight_ < most && next_ == states_.size() && index_next_ < states_.size() && going()) send_index();
}

void Sender::send_entry(size_t index) {
  const BatchEntry entry = batch_[index];
  if (command_ms_ != entry.ms) command_.set_id(id_of(entry));
  command_ms_ = entry.ms;
  states_[index] = EntryState::sent;
  ++in_flight_;
  crash_point();
  redis_.command_text(command_.text(entry.key, entry.delta),
                      [this, index](const redisReply* reply) { on_added(index, reply); });
}

/// The next keys that the index may lack, many in one command; adding one twice changes nothing.
void Sender::send_index() {
  std::vector<std::string_view> arguments{"ZADD", layout::kKeys};
  for (; index_next_ < batch_.size() && arguments.size() < 2 + 2 * kIndexKeys; ++index_next_) {
    const BatchEntry entry = batch_[index_next_];
    if (entry.fresh) arguments.insert(arguments.end(), {"0", entry.key});
  }
  if (arguments.size() == 2) return;
  ++in_flight_;
  redis_.command(arguments, [this](const redisReply* reply) {
    if (!reply) {
      lost_ = true;
      index_next_ = 0;
    } else if (reply->type == REDIS_REPLY_ERROR && !is_error(reply, "WRONGTYPE")) {
      trouble(reply);
      index_next_ = 0;
    }
    answered();
  });
}

void Sender::on_added(size_t index, const redisReply* reply) {
  crash_point();
  if (!reply) {
    lost_ = true;
    states_[index] = EntryState::todo;
  } else if (reply->type != REDIS_REPLY_ERROR) {
    states_[index] = EntryState::done;
    ++entries_sent_;
  } else if (is_id_too_small(reply)) {
    look_for(index);
  } else if (is_error(reply, "WRONGTYPE")) {
    states_[index] = EntryState::aside;
  } else {
    states_[index] = EntryState::todo;
    trouble(reply);
  }
  answered();
}

void Sender::look_for(size_t index) {
  const BatchEntry entry = batch_[index];
  const std::string stream = layout::stream_name(entry.key);
  const std::string id = id_of(entry);
  ++in_flight_;
  redis_.command({"XRANGE", stream, id, id},
                 [this, index](const redisReply* reply) { on_looked(index, reply); });
}

void Sender::on_looked(size_t index, const redisReply* reply) {
  crash_point();
  if (!reply) {
    lost_ = true;
    states_[index] = EntryState::todo;
  } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0) {
    states_[index] = EntryState::done;
    ++entries_sent_;
  } else if (reply->type == REDIS_REPLY_ARRAY) {
    ask_top(index);
  } else {
    states_[index] = EntryState::todo;
    trouble(reply);
  }
  answered();
}

void Sender::ask_top(size_t index) {
  const std::string stream = layout::stream_name(batch_[index].key);
  ++in_flight_;
  redis_.command({"XINFO", "STREAM", stream}, [this, index](const redisReply* reply) { on_top(index, reply); });
}

void Sender::on_top(size_t index, const redisReply* reply) {
  if (!reply) {
    lost_ = true;
    states_[index] = EntryState::todo;
  } else if (reply->type == REDIS_REPLY_ARRAY || is_no_such_key(reply)) {
    states_[index] = EntryState::late;
    late_[index] = top_ms(reply);
  } else {
    states_[index] = EntryState::todo;
    trouble(reply);
  }
  answered();
}

void Sender::answered() noexcept {
  --in_flight_;
  try {
    advance();
  } catch (const std::exception& error) {
    trouble_ = error.what();
    back_off();
  }
}

/// Everything that was sent is answered, and there is trouble, or nothing is left to send.
void Sender::settle_batch() {
  if (stale_) return kick();
  if (!trouble_.empty()) return back_off();
  const uint64_t number = batch_.header().number;

  std::vector<size_t> aside;
  for (size_t i = 0; i < states_.size(); ++i)
    if (states_[i] == EntryState::aside) aside.push_back(i);
  if (!aside.empty()) {
    spool_.put_entries_aside(batch_, aside);
    for (const size_t index : aside) states_[index] = EntryState::done;
    entries_aside_ += aside.size();
    spdlog::warn(
        "{} entries are set aside: their Redis key, such as {}, is no stream (WRONGTYPE); "
        "rename or delete it and the counts follow within minutes",
        aside.size(), layout::stream_name(batch_[aside.front()].key));
  }

  if (!late_.empty()) {
    std::map<size_t, uint64_t> ms;
    for (const auto& [index, top] : late_) {
      ms[index] = std::max({static_cast<uint64_t>(clock_.now()), top + 1, batch_.ms(batch_[index]) + 1});
      states_[index] = EntryState::todo;
    }
    batch_ = spool_.change_ids(batch_, ms);
    crash_point();
    late_.clear();
    next_ = 0;
    return advance();
  }

  for (const EntryState state : states_) assert(state == EntryState::done);
  spool_.acknowledge(number, boot_ms());
  batch_ = {};
  wait_ = kLeastWait;
  last_trouble_.clear();
  kick();
}

void Sender::trouble(const redisReply* reply) {
  trouble_ = reply_text(reply).empty() ? "an answer of an unexpected type" : std::string(reply_text(reply));
}

void Sender::back_off() noexcept {
  if (trouble_ != last_trouble_) spdlog::warn("sending pauses: {}", trouble_);
  last_trouble_ = trouble_;
  const auto most = wait_.count();
  retry_.start(std::chrono::milliseconds(most / 2 + static_cast<int64_t>(random_()) % (most / 2 + 1)));
  wait_ = std::min(wait_ * 2, kMostWait);
}

}  // namespace kilometric
