#pragma once

namespace glissade {

/// Whether the host lets this module start threads. A page that is not isolated does not; all other hosts do.
bool mayStartThreads() noexcept;

/// Where no threads may be started: calls `work` soon, between other work of the event loop, until it returns false.
/// Calls of this function before then add nothing.
void onEventLoop(bool (*work)());

}  // namespace glissade
