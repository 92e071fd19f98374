// Whether somebody still waits for what was asked. Asked just before a question is sent, or a slice of work is
// done, and once more before the answer is delivered; once it is false, nothing is called any more.
#pragma once

#include <functional>

namespace kilometric {

using Alive = std::function<bool()>;

}  // namespace kilometric
