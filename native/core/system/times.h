#pragma once

#include <cstdint>

namespace glissade {

/// Processor time of the calling thread, in nanoseconds.
int64_t threadTime() noexcept;

/// Processor time of the whole process, in nanoseconds.
int64_t processTime() noexcept;

}  // namespace glissade
