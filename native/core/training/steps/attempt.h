#pragma once

#include <new>

namespace glissade {

/// Calls work(). Returns false if memory ran out.
template <typename Work>
bool attempt(Work work) {
  try {
    work();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace glissade
