#pragma once

#include <string>

namespace glissade {

/// Prepares for the end of the process: `end` is called then, on the thread that ends it, and may wait for others. The
/// library is never unloaded, since its threads outlive a Worker that loaded it. A forked child, which has none of
/// these threads, does not call `end`. Nor does Windows, which has ended all other threads by then.
/// @throws Error ERR_INTERNAL if there is no memory for this.
void atExit(void (*end)());

/// The name of the machine; empty if it has none.
std::string hostName();

/// Sets a variable of the environment, unless it is set.
void setIfUnset(const char* variable, const char* value) noexcept;

/// Whether a descriptor is a socket with a peer.
bool isConnectedSocket(int descriptor) noexcept;

}  // namespace glissade
