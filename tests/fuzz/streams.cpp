// A stream of anything, in pieces of any size, by TCP or in messages: as many lines have an outcome as a
// reading byte by byte finds, whether the stream ends, is lost, or dies with its worker.
//
// The input is a byte that chooses the way and the end, and pieces: a byte with the length, and as many bytes;
// with the high bit set they are sent over and over again.
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>

#include "ingestd/count/succession.h"
#include "ingestd/worker/stream.h"
#include "tests/fuzz/scratch.h"
#include "tests/unit/plain_stream.h"

using namespace kilometric;

namespace {

constexpr size_t kTimes = 300;

struct Taker {
  explicit Taker(const Scratch& scratch)
      : file(succeed_worker(scratch.path(), 0)), writer(scratch.path(), 0, file, 1'000) {}

  uint64_t lines(Via via, size_t outcome) const {
    return file.header().lines(static_cast<size_t>(via), outcome);
  }
  uint64_t received(Via via) const {
    uint64_t sum = 0;
    for (size_t outcome = 0; outcome < kOutcomes; ++outcome) sum += lines(via, outcome);
    return sum;
  }

  Loop loop;
  WorkerFile file;
  SegmentWriter writer;
  StreamText text{file, writer, nullptr};
};

/// The next piece of the input, which is taken off it.
std::string piece_of(std::string_view& input) {
  const auto head = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  const std::string_view once = input.substr(0, head % 128);
  input.remove_prefix(once.size());
  std::string piece(once);
  for (size_t i = 1; head >= 128 && i < kTimes; ++i) piece += once;
  return piece;
}

uint64_t lines_of(const PlainStream& stream) {
  uint64_t lines = stream.too_long + (stream.rest.empty() ? 0 : 1);
  for (const std::string& text : stream.lines) {
    size_t at = 0;
    lines += next_line(text, at).empty() ? 0 : 1;
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Scratch scratch;
  static Taker taker(scratch);
  spdlog::set_level(spdlog::level::off);
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Via via = data[0] % 2 == 0 ? Via::tcp : Via::unix_stream;
  const uint64_t before = taker.received(via), torn = taker.lines(via, static_cast<size_t>(Outcome::torn));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return 0;
  PlainStream plain(via == Via::unix_stream);
  bool goes_on = true;
  {
    Stream stream(taker.loop, ends[0], via, taker.text);
    while (goes_on && !input.empty()) {
      const std::string piece = piece_of(input);
      const ssize_t sent = write(ends[1], piece.data(), piece.size());
      if (sent > 0) plain.take(std::string_view(piece).substr(0, static_cast<size_t>(sent)));
      goes_on = stream.drain();
    }
    assert(goes_on == !plain.broken);
    if (data[0] % 4 < 2) stream.tear();
  }
  if (data[0] % 4 >= 2) taker.text.finish();  // as the successor of a worker that was killed here
  close(ends[1]);
  assert(taker.received(via) - before == lines_of(plain));
  assert(taker.lines(via, static_cast<size_t>(Outcome::torn)) - torn == (plain.rest.empty() ? 0 : 1));
  return 0;
}
