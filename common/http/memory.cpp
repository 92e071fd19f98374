#include "common/http/memory.h"

#include <utility>

namespace kilometric {
namespace {

constexpr size_t kParsersKept = 8;         // one is enough unless requests arrive in pieces
constexpr size_t kKeptBytes = 256 * 1024;  // of a spare parser or buffer; a larger one is freed

}  // namespace

HttpMemory::HttpMemory(const HttpLimits& limits)
    : limits_(limits), read_buffer_(std::make_unique_for_overwrite<char[]>(kHttpReadBytes)) {}

std::unique_ptr<HttpParser> HttpMemory::borrow_parser() {
  if (spare_parsers_.empty()) return std::make_unique<HttpParser>(limits_);
  auto parser = std::move(spare_parsers_.back());
  spare_parsers_.pop_back();
  return parser;
}

void HttpMemory::give_back(std::unique_ptr<HttpParser> parser) {
  if (spare_parsers_.size() < kParsersKept && parser->bytes() <= kKeptBytes)
    spare_parsers_.push_back(std::move(parser));
}

void HttpMemory::give_back(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > spare_buffer_.capacity() && buffer.capacity() <= kKeptBytes)
    buffer.swap(spare_buffer_);
  std::string().swap(buffer);
}

}  // namespace kilometric
