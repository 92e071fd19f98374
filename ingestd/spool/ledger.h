// The ledger: which batches are pending and which are kept, by number, and what of them has to be known without
// opening their files.
//
//   pending        stored, and not yet acknowledged whole; sent oldest first, one at a time
//   to look up     kept, and Redis is another run since: it may have lost it
//   acknowledged   kept, since Redis may yet lose it
//   settled        kept, and Redis has had it for long enough; its file goes as soon as it may
//
// Owned by the spool, which moves the files and writes down here what came true.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace kilometric {

class Ledger {
 public:
  /// `ms`: the least first half of its entries' IDs; the greatest number when none has one yet.
  static constexpr uint64_t kNever = ~uint64_t{0};
  void add_pending(uint64_t number, uint64_t bytes, uint64_t ms) { pending_[number] = {bytes, ms}; }
  void forget_pending(uint64_t number) { pending_.erase(number); }
  /// Whether it may have been sent before: all that is kept, and what this was called for. Of those that an
  /// earlier process left pending that is the oldest alone.
  bool try_batch(uint64_t number);
  bool is_pending(uint64_t number) const { return pending_.contains(number); }
  size_t pending() const { return pending_.size(); }
  uint64_t pending_bytes() const;
  uint64_t kept_bytes() const;
  size_t kept() const { return kept_.size(); }
  std::optional<uint64_t> oldest_pending() const;
  /// All but the oldest, which may be on its way to Redis.
  std::vector<uint64_t> untried() const;

  /// By an earlier process, so it is to be looked up.
  void add_kept(uint64_t number, uint64_t bytes, uint64_t ms) {
    kept_[number] = {0, State::to_look_up, true, {bytes, ms}};
  }
  void forget_kept(uint64_t number) { kept_.erase(number); }
  /// Of a batch that is pending or kept.
  void acknowledge(uint64_t number, int64_t now_ms);
  std::optional<uint64_t> next_to_look_up() const;
  void look_up_again();  ///< what is acknowledged, and not settled
  /// What an earlier process has kept need not be looked up: Redis is the run that acknowledged it.
  void take_for_acknowledged(int64_t now_ms);
  /// Returns how many batches. So does the next.
  size_t settle_acknowledged_until(int64_t ms);
  /// Of what was acknowledged until `ms` the oldest, until all that is kept has at most so many bytes.
  size_t settle_above(uint64_t bytes, int64_t ms);
  void settle_kept_before(uint64_t id_ms);  ///< by an earlier process
  std::vector<uint64_t> settled() const;

  bool has(uint64_t number) const { return pending_.contains(number) || kept_.contains(number); }
  std::vector<uint64_t> all() const;
  size_t to_send() const;  ///< pending, or to be looked up
  uint64_t ms(uint64_t number) const;
  void set_ms(uint64_t number, uint64_t ms);
  /// Of all that is pending, or may be looked up.
  uint64_t oldest_ms() const;

 private:
  struct Size {
    uint64_t bytes;
    uint64_t ms;
    bool tried = false;
  };
  enum class State : uint8_t { to_look_up, acknowledged, settled };
  struct Kept {
    int64_t acknowledged_ms;
    State state;
    bool taken_over;  ///< from an earlier process
    Size size;
  };

  const Size* find(uint64_t number) const;

  std::map<uint64_t, Size> pending_;
  std::map<uint64_t, Kept> kept_;
};

}  // namespace kilometric
