// Reads the parts of a plan, one after the other: their entries, in order, from whichever stream has them.
//
//   part -> page of a stream -> piece;    part -> page of packed hours -> hour -> piece, hour after hour
//
// While a page is read the first one of the next part is asked for, so that Redis and who waits for its answers
// work at the same time; long parts of the tiers are cut for that where their sums lie close.
//
// What is in an hour, but not in the part, is dropped. A packed hour does not keep the second halves of IDs:
// entries of one millisecond are numbered there, from 0 on.
//
// Owned by whoever wants the entries: a series, what looks for what stands before one, a live stream. Memory:
// two pages, and of packed hours the entries of one. A refusal is for the client; a damaged hour is told, and
// passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/page.h"
#include "readerd/series/plan.h"
#include "readerd/store/store.h"

namespace kilometric {

/// The name of the stream that holds a tier of `key`.
std::string stream_of(Kind kind, Tier tier, std::string_view key, bool in_cluster);

class PartReader {
 public:
  struct Piece {
    std::vector<Entry> entries;  ///< may be none
    Tier tier;
  };
  using OnPiece = std::function<void(Result<Piece> result)>;

  /// `reach`: how large packed hours may be, and how close sums lie. Requires that `store` outlives it.
  PartReader(Store& store, Kind kind, std::string_view key, const std::vector<Part>& parts, Order order,
             const Reach& reach = {});

  bool at_end() const { return parts_.empty() && hours_.empty(); }

  /// The hour that comes next, still packed, if it was read and lies within its part as a whole: who takes it
  /// reads its points, as next() would, and tells what is damaged.
  std::optional<PackedEntry> take_whole_hour();
  void tell_damaged(uint64_t hour);

  /// Calls `on_piece` later, or at once; with nothing for a page of packed hours. Requires !at_end(), that
  /// `on_piece` keeps the reader alive, and that it is not called again before `on_piece` was.
  void next(const Alive& alive, OnPiece on_piece);

 private:
  /// It may have been asked for before it is wanted.
  struct AskedPage {
    std::optional<Result<Page>> page;
    Store::On<Page> on_page;  ///< who waits for it
  };

  std::shared_ptr<AskedPage> ask(const Part& part, const IdRange& range, const Alive& alive);
  void ask_page(const Alive& alive, OnPiece on_piece);
  void ask_hours(const Alive& alive, OnPiece on_piece);
  void go_on(const std::optional<IdRange>& rest);
  void take(PackedPage page);
  Piece unpack_next();

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const Order order_;
  std::vector<Part> parts_;           ///< still to be read, the next at the end
  std::optional<IdRange> rest_;       ///< of the next part's stream; nullopt: all
  std::shared_ptr<AskedPage> ahead_;  ///< of the part behind that which is being read; nullptr: not asked for
  size_t most_hours_;                 ///< of the next page
  std::vector<PackedEntry> hours_;    ///< that were read, the next at the end,
  IdRange within_;                    ///< and what of them is wanted
};

}  // namespace kilometric
