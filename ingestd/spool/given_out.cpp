#include "ingestd/spool/given_out.h"

#include <algorithm>
#include <system_error>

namespace kilometric {

GivenOut::GivenOut(const std::filesystem::path& path) {
  std::error_code error;
  const bool there = std::filesystem::file_size(path, error) == sizeof(Last) && !error;
  file_ = there ? MappedFile::open(path, MappedFile::Access::write) : MappedFile::create(path, sizeof(Last));
  last_ = reinterpret_cast<Last*>(file_.data());
}

uint64_t GivenOut::new_ms(int64_t now_ms) {
  last_->ms = std::max(static_cast<uint64_t>(now_ms), last_->ms + 1);
  return last_->ms;
}

void GivenOut::note(const BatchHeader& header) {
  last_->number = std::max(last_->number, header.number);
  last_->ms = std::max(last_->ms, header.ms);
}

}  // namespace kilometric
