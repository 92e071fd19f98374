// What waits in a datagram socket that is not used any more: the number of workers, the address, the port or
// the path is another one since the restart that kept the socket. It goes to the workers there are now.
// The supervisor does this before it starts them.
#pragma once

#include <cstddef>

namespace kilometric {

/// Ends the flow of datagrams into `from` and sends what it holds to the address of `to`; both stay
/// open. Returns how many were sent; those for which the queues there have no room, the kernel drops
/// and counts.
size_t carry_over(int from, int to) noexcept;

}  // namespace kilometric
