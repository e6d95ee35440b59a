#pragma once

#include <cstddef>

namespace glissade {
namespace {

// Under hogwild, members of a team read and write numbers that others write at the same time. Relaxed atomics keep each
// number whole, and compile to plain moves.

template <typename Real>
inline Real relaxedLoad(const Real* from) {
  Real value;
  __atomic_load(from, &value, __ATOMIC_RELAXED);
  return value;
}

template <typename Real>
inline void relaxedStore(Real* to, Real value) {
  __atomic_store(to, &value, __ATOMIC_RELAXED);
}

/// Copies numbers that other members may write.
template <typename Real>
inline void relaxedRead(const Real* from, size_t count, Real* to) {
  for (size_t i = 0; i < count; ++i) to[i] = relaxedLoad(from + i);
}

/// Copies to numbers that other members may read and write.
template <typename Real>
inline void relaxedWrite(const Real* from, size_t count, Real* to) {
  for (size_t i = 0; i < count; ++i) relaxedStore(to + i, from[i]);
}

}  // namespace
}  // namespace glissade
