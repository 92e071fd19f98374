#include "ingestd/system/identity.h"

#include <sys/random.h>

#include <stdexcept>

namespace kilometric {

Identity random_identity() {
  Identity identity;
  if (getrandom(identity.data(), sizeof identity, 0) != sizeof identity)
    throw std::runtime_error("the kernel gives no random numbers");
  return identity;
}

}  // namespace kilometric
