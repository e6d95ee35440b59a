#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace glissade {

/// The numbers of the processors on which threads of this process may run. Empty if the system does not tell.
std::vector<size_t> allowedProcessors();

/// How many seconds of processor time this process may take per second: by control groups on Linux, by jobs on
/// Windows. None without a limit.
std::optional<double> processorQuota();

/// Requests AMX's tile registers, which Linux grants on request only. Returns whether the process may use them.
bool requestTiles() noexcept;

}  // namespace glissade
