#include "ingestd/send/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#include "common/log.h"
#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kLeastWait{100};
constexpr std::chrono::milliseconds kMostWait{5000};

}  // namespace

Sender::Sender(Loop& loop, Redis& redis, Spool& spool, const RedisClock& clock, Identity boot,
               ToldKeys& told_keys, std::function<void()> on_drained)
    : redis_(redis),
      spool_(spool),
      clock_(clock),
      boot_(boot),
      on_drained_(std::move(on_drained)),
      window_(loop, redis),
      retry_(loop, [this] { kick(); }),
      backoff_(kLeastWait, kMostWait),
      keys_(told_keys),
      untried_from_(spool.last_number() + 1) {}

void Sender::kick() noexcept {
  if (!redis_.up() || !clock_.known() || in_flight_ > 0 || retry_.active()) return;
  try {
    if (std::exchange(stale_, false)) open_ = {};
    lost_ = false;
    trouble_.clear();
    if (!open_ && !open_next()) return on_drained_();
    open_.go_over_again();
    advance();
  } catch (const std::exception& error) {
    trouble_ = error.what();
    back_off();
  }
}

bool Sender::open_next() {
  Batch batch = spool_.next();
  const bool kept = spool_.to_send() > spool_.pending();  // these come first
  if (!kept) doubted_.reset();
  if (!batch) return false;
  if (batch.header().ms == 0) batch = give_ids(std::move(batch));
  const Spool::Entries excluded = spool_.excluded(batch);
  open_ = OpenBatch(std::move(batch), excluded, spool_.most_events());
  if (kept) open_.leave_out(~doubted_);
  keys_.begin();
  rested_ = true;
  const uint64_t number = open_.batch().header().number;
  tried_ = number < untried_from_ ? Tried::maybe : Tried::never;
  unanswered_ = spool_.try_batch(number);
  untried_from_ = std::max(untried_from_, number + 1);
  wrote_ = false;
  window_.begin(open_.size(), spool_.to_send() > 1);  // also what was kept, when Redis is another run
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

void Sender::advance() {
  pump();
  // A lost connection goes on with kick(), when Redis is up again.
  if (in_flight_ == 0 && !lost_) settle_batch();
}

void Sender::pump() {
  const size_t most = window_.most(spool_.pending() > 1);
  while (in_flight_ < most && going()) {
    const std::optional<size_t> index = open_.take_next();
    if (!index) break;
    send_entry(*index);
  }
  while (in_flight_ < most && open_.all_taken() && !keys_.done(open_.batch()) && going()) {
    if (const std::optional<size_t> newcomer = keys_.next_newcomer())
      look_before(*newcomer);
    else
      send_keys();
  }
}

void Sender::send_entry(size_t index) {
  ++in_flight_;
  crash_point();
  redis_.command_text(open_.command_of(index),
                      [this, index](const redisReply* reply) { on_added(index, reply); });
}

void Sender::on_added(size_t index, const redisReply* reply) {
  crash_point();
  if (is_id_too_small(reply)) return look_for(index);
  if (is_error(reply, "WRONGTYPE"))
    open_.set(index, OpenBatch::State::no_stream);
  else if (!reply || reply->type == REDIS_REPLY_ERROR)
    send_again(index, reply);
  else
    on_written(index);
  answered();
}

void Sender::on_written(size_t index) {
  if (!std::exchange(wrote_, true)) wrote_ms_ = boot_ms();
  on_there(index);
}

/// What it was sent for is on its way still.
void Sender::look_for(size_t index) {
  const Sought sought{open_.stream_of(index), open_.id_of(index), tried_,
                      open_.is_event(index) ? spool_.most_events() : 0, record_of(index)};
  look_up(redis_, sought, [this, index](const Lookup& lookup) {
    met_twin_ = met_twin_ || lookup.taken;
    switch (lookup.outcome) {
      case Lookup::Outcome::there:
        on_there(index);
        break;
      case Lookup::Outcome::too_late:
        open_.set_late(index, lookup.top_ms);
        break;
      case Lookup::Outcome::full:
        open_.set(index, OpenBatch::State::full);
        break;
      case Lookup::Outcome::doubtful:
        open_.set(index, OpenBatch::State::doubtful);
        break;
      case Lookup::Outcome::unknown:
        send_again(index, lookup.reply);
    }
    answered();
  });
}

/// See Sought::record. Events are not trimmed by their age.
std::string Sender::record_of(size_t index) const {
  const bool young = open_.ms_of(index) + layout::kNeverTrimmedMs > static_cast<uint64_t>(clock_.now());
  if (!unanswered_ || young || open_.is_event(index)) return {};
  return layout::instance_name(std::to_string(open_.batch().header().instance));
}

void Sender::on_there(size_t index) {
  open_.set(index, OpenBatch::State::done);
  ++(open_.is_event(index) ? events_sent_ : entries_sent_[row_of(open_.batch().key(index).kind)]);
}

void Sender::send_again(size_t index, const redisReply* reply) {
  open_.set(index, OpenBatch::State::todo);
  stand_still(reply, "XADD", open_.stream_of(index));
}

void Sender::send_keys() {
  KeyRegistration::Part part = keys_.next(open_.batch());
  if (part.command.empty()) return;
  ++in_flight_;
  const std::vector<std::string_view> command = std::exchange(part.command, {});
  redis_.command(command, [this, part](const redisReply* reply) {
    if (!reply || (reply->type == REDIS_REPLY_ERROR && !is_error(reply, "WRONGTYPE"))) {
      stand_still(reply, "ZADD", text_of(part.kind).index);
      keys_.begin_again();
    } else if (!stale_) {
      keys_.on_told(part, reply->type == REDIS_REPLY_INTEGER ? static_cast<size_t>(reply->integer) : 0);
    }
    answered();
  });
}

/// Whether the stream has an entry before this one. Where that is not known the tiers find out.
void Sender::look_before(size_t index) {
  ++in_flight_;
  const std::string last =
      to_text(previous_id(parse_stream_id(open_.id_of(index)).value_or(kFirstId)).value_or(kFirstId));
  redis_.command({"XREVRANGE", open_.stream_of(index), last, "-", "COUNT", "1"},
                 [this, index](const redisReply* reply) {
                   if (!reply) lost_ = true;
                   const bool none = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 0;
                   if (!none && !stale_) keys_.on_history(open_.batch(), index);
                   answered();
                 });
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
  put_aside();
  leave_doubtful();
  if (open_.any_late()) return give_new_ids();
  assert(open_.all_done());
  spool_.acknowledge(open_.batch().header().number, boot_ms());
  open_ = {};
  backoff_.reset();
  told_.is_over();
  kick();
}

void Sender::put_aside() {
  const std::vector<size_t> aside = open_.aside();
  if (aside.empty()) return;
  spool_.put_entries_aside(open_.batch(), aside);
  aside_log_.tell(open_, aside);
  for (const size_t index : aside) open_.set(index, OpenBatch::State::done);
  entries_aside_ += aside.size();
}

void Sender::leave_doubtful() {
  const std::vector<size_t> doubtful = open_.doubtful();
  if (doubtful.empty()) return;
  const std::string path = spool_.leave_doubtful(open_.batch(), doubtful).string();
  log_error(
      "{} entries, such as one of {}, may have been counted and trimmed while this host was away: they are "
      "left "
      "in {}, and not counted again. If they were not counted, stop ingestd and move the file to spool/aside",
      doubtful.size(), open_.stream_of(doubtful.front()), path);
  for (const size_t index : doubtful) open_.set(index, OpenBatch::State::done);
  entries_doubtful_ += doubtful.size();
}

/// At once for the first time. Where others write to a stream all the time, an entry may be late again and
/// again; each further ID is chosen after a pause, and is sent at once.
void Sender::give_new_ids() {
  if (!std::exchange(rested_, false)) {
    rested_ = true;
    return retry_.start(backoff_.next_with_jitter());
  }
  open_.take_new_ids(spool_.change_ids(open_.batch(), open_.new_ids(static_cast<uint64_t>(clock_.now()))));
  crash_point();
  advance();
}

/// Until the connection is back, or for a while after an error.
void Sender::stand_still(const redisReply* reply, std::string_view command, std::string_view name) {
  tried_ = Tried::maybe;
  if (!reply) lost_ = unanswered_ = true;
  if (!reply || !trouble_.empty()) return;
  const std::string_view text = reply_text(reply);
  trouble_ = fmt::format("{} {}: {}", command, name, text.empty() ? "an answer of an unexpected type" : text);
}

void Sender::back_off() noexcept {
  if (told_.is_news(trouble_)) log_warning("sending pauses: {}", trouble_);
  retry_.start(backoff_.next_with_jitter());
}

}  // namespace kilometric
