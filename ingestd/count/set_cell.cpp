#include "ingestd/count/set_cell.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ingestd/system/crash_point.h"

namespace kilometric::set_cell {
namespace {

constexpr std::array<uint32_t, 6> kListBlocks{1, 2, 4, 8, 16, 27};
constexpr uint8_t kRegisters = kListBlocks.size();
constexpr uint32_t kRegisterBlocks = HyperLogLog::kRegisters / sizeof(Block);

constexpr uint32_t slots(unsigned form) { return 16U << form; }
constexpr uint32_t capacity(unsigned form) {
  return static_cast<uint32_t>((kListBlocks[form] * sizeof(Block) - sizeof(Word) - slots(form)) /
                               sizeof(MemberToken));
}
static_assert(capacity(0) == 10 && capacity(kRegisters - 1) >= Set::kMostTokens - 1 + UndoLog::kLines);

// HashedLine::place: whether prepare() has written the member's token.
constexpr uint64_t kThere = 0, kNew = 1;

MemberToken token_of(const HashedLine& sample) { return static_cast<MemberToken>(sample.bits); }

/// The blocks of a form below kRegisters.
class List {
 public:
  List(Block* blocks, unsigned form)
      : form_(form),
        head_(&blocks->words[0]),
        tokens_(reinterpret_cast<MemberToken*>(head_ + 1)),
        slots_(reinterpret_cast<uint8_t*>(tokens_ + capacity(form))) {}

  Word& head() const { return *head_; }
  bool counts_all() const { return counted() == written(); }
  bool is_full() const { return written() == capacity(form_); }
  /// Those that count.
  std::span<const MemberToken> tokens() const { return {tokens_, counted()}; }

  /// Counted or not.
  bool contains(MemberToken token) const {
    const uint32_t end = written();
    for (uint32_t slot = first_slot(token); slots_[slot] != 0; slot = next_slot(slot))
      for (uint32_t place = slots_[slot] - 1U; place < end; place += kPlaces)
        if (tokens_[place] == token) return true;
    return false;
  }

  /// Behind those that count. Requires that it is not full.
  void write(MemberToken token) const {
    const uint32_t place = written();
    tokens_[place] = token;
    uint32_t slot = first_slot(token);
    while (slots_[slot] != 0) slot = next_slot(slot);
    slots_[slot] = static_cast<uint8_t>(place % kPlaces + 1);
    store(load() + (uint64_t{1} << 32));
  }
  const void* first_slot_of(MemberToken token) const { return slots_ + first_slot(token); }
  /// Of the token; or of the next new one when it is not there.
  const void* likely_place_of(MemberToken token) const {
    const unsigned slot = slots_[first_slot(token)];
    return tokens_ + (slot != 0 ? slot - 1U : written());
  }
  void count_one() const { store(load() + 1); }

  /// Requires this one to be empty, and larger.
  void copy(const List& other) const {
    for (uint32_t place = 0; place < other.written(); ++place) write(other.tokens_[place]);
    store(other.load());
  }

 private:
  static constexpr uint32_t kPlaces = 255;

  uint64_t load() const { return head_->load(std::memory_order_relaxed); }
  void store(uint64_t word) const { head_->store(word, std::memory_order_relaxed); }
  uint32_t counted() const { return std::min(static_cast<uint32_t>(load()), capacity(form_)); }
  uint32_t written() const { return static_cast<uint32_t>(load() >> 32); }
  uint32_t first_slot(MemberToken token) const { return token >> (28 - form_); }  // there are 2^(4 + form)
  uint32_t next_slot(uint32_t slot) const { return (slot + 1) % slots(form_); }

  unsigned form_;
  Word* head_;
  MemberToken* tokens_;
  uint8_t* slots_;
};

Word& word_of(Block* registers, size_t at) {
  return registers[at / sizeof(Block)].words[at / sizeof(Word) % Block::kWords];
}
unsigned shift_of(size_t at) { return static_cast<unsigned>(at % sizeof(Word) * 8); }

uint8_t rank_at(Block* registers, size_t at) {
  return static_cast<uint8_t>(word_of(registers, at).load(std::memory_order_relaxed) >> shift_of(at));
}

bool is_above(Block* registers, MemberToken token) {
  return HyperLogLog::rank_of(token) > rank_at(registers, HyperLogLog::register_of(token));
}

void raise(Block* registers, MemberToken token) {
  if (!is_above(registers, token)) return;
  const size_t at = HyperLogLog::register_of(token);
  Word& word = word_of(registers, at);
  const uint64_t others = word.load(std::memory_order_relaxed) & ~(uint64_t{0xFF} << shift_of(at));
  word.store(others | uint64_t{HyperLogLog::rank_of(token)} << shift_of(at), std::memory_order_relaxed);
}

/// nullopt while there is none.
std::optional<List> list_of(const Segment& segment, const Cell& cell) {
  Block* const blocks = cell.form < kRegisters ? segment.blocks(cell.block, kListBlocks[cell.form]) : nullptr;
  return blocks == nullptr ? std::nullopt : std::optional(List(blocks, cell.form));
}

/// Larger by one form than `list`, or the first.
bool grow_list(Segment& segment, Cell& cell, const std::optional<List>& list) {
  const auto form = static_cast<uint8_t>(list ? cell.form + 1 : 0);
  const uint32_t block = segment.take_blocks(kListBlocks[form]);
  if (block == 0) return false;
  if (list) List(segment.blocks(block), form).copy(*list);
  settle();
  crash_point();
  cell.point_at(form, block);
  crash_point();
  return true;
}

/// Requires that all that is written counts.
bool change_to_registers(Segment& segment, Cell& cell, const List& list) {
  const uint32_t block = segment.take_blocks(kRegisterBlocks);
  if (block == 0) return false;
  for (const MemberToken token : list.tokens()) raise(segment.blocks(block), token);
  settle();
  crash_point();
  cell.point_at(kRegisters, block);
  crash_point();
  return true;
}

bool prepare_registers(Segment& segment, const Cell& cell, MemberToken token, UndoWords& undo) {
  Block* const registers = segment.blocks(cell.block);
  if (is_above(registers, token)) undo.note<1>(&word_of(registers, HyperLogLog::register_of(token)));
  return true;
}

bool prepare_list(Segment& segment, Cell& cell, MemberToken token, const std::optional<List>& list,
                  UndoWords& undo) {
  if ((!list || list->is_full()) && !grow_list(segment, cell, list)) return false;
  const List roomy = *list_of(segment, cell);
  undo.note<1>(&roomy.head());
  crash_point();
  roomy.write(token);
  crash_point();
  return true;
}

/// The tokens that count; others are noise.
std::vector<MemberToken> tokens_of(const List& list) {
  std::vector<MemberToken> tokens;
  for (const MemberToken token : list.tokens()) {
    const unsigned rank = token % (1U << kTokenRankBits);
    if (rank >= 1 && rank <= kMostTokenRank) tokens.push_back(token);
  }
  return tokens;
}

Set registers_of(Block* registers) {
  HyperLogLog result;
  for (size_t at = 0; at < HyperLogLog::kRegisters; ++at) {
    const uint8_t rank = rank_at(registers, at);
    if (rank <= HyperLogLog::kMostRank) result.raise(at, rank);  // another is noise
  }
  return Set(std::move(result));
}

}  // namespace

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept {
  Cell& cell = segment.cell(at);
  const MemberToken token = token_of(sample);
  sample.place = kThere;
  if (cell.form == kRegisters) return prepare_registers(segment, cell, token, undo);
  const std::optional<List> list = list_of(segment, cell);
  if (list && list->contains(token)) return true;
  if (list && list->counts_all() && list->tokens().size() >= Set::kMostTokens)
    return change_to_registers(segment, cell, *list) && prepare_registers(segment, cell, token, undo);
  sample.place = kNew;
  return prepare_list(segment, cell, token, list, undo);
}

void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
  const Cell& cell = segment.cell(at);
  if (cell.form == kRegisters)
    raise(segment.blocks(cell.block), token_of(sample));
  else if (sample.place == kNew)
    list_of(segment, cell)->count_one();
  crash_point();
}

const void* place_of_slot(const Segment& segment, const HashedLine& sample) noexcept {
  const Cell& cell = segment.cell(sample.cell);
  const MemberToken token = token_of(sample);
  if (cell.form >= kRegisters)
    return segment.own_blocks(cell.block) + HyperLogLog::register_of(token) / sizeof(Block);
  return List(segment.own_blocks(cell.block), cell.form).first_slot_of(token);
}

const void* place_of_token(const Segment& segment, const HashedLine& sample) noexcept {
  const Cell& cell = segment.cell(sample.cell);
  if (cell.kind != static_cast<uint8_t>(Kind::set) || cell.block == 0 || cell.form >= kRegisters)
    return nullptr;
  return List(segment.own_blocks(cell.block), cell.form).likely_place_of(token_of(sample));
}

Set delta(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  if (const std::optional<List> list = list_of(segment, cell)) return Set(tokens_of(*list));
  Block* const registers = cell.form == kRegisters ? segment.blocks(cell.block, kRegisterBlocks) : nullptr;
  return registers == nullptr ? Set() : registers_of(registers);
}

}  // namespace kilometric::set_cell
