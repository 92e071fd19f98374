// What a connection has received and not yet handled, since an answer was pending or blocked meanwhile.
//
// Owned by a connection; empty, and without memory, nearly always.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kilometric {

class HttpInbox {
 public:
  void keep(std::string_view bytes) { text_.assign(bytes); }  ///< in place of what was kept
  std::string_view rest() const { return std::string_view(text_).substr(handled_); }
  void keep_last(size_t left) { handled_ = text_.size() - left; }  ///< of rest()

  bool empty() const { return text_.empty(); }
  size_t bytes() const { return text_.capacity(); }  ///< memory held
  void free() {
    std::string().swap(text_);
    handled_ = 0;
  }

 private:
  std::string text_;
  size_t handled_ = 0;
};

}  // namespace kilometric
