// Rows of a matrix that an example touches, collected one after another. Zeros follow them, for loops over whole
// vectors. Under hogwild other members read and write the matrix at the same time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "parallel/relaxed.h"

namespace glissade {

/// How many zeros follow collected numbers. Loops that read these go on to the next multiple of it.
inline constexpr size_t kCollectedPadding = 32;

/// Some rows of a matrix of `width` columns.
struct RowList {
  const uint32_t* rows;
  size_t count, width;

  size_t numbers() const { return count * width; }
};

namespace {

template <typename Real>
inline void padWithZeros(Real* numbers, size_t count) {
  for (size_t i = 0; i < kCollectedPadding; ++i) numbers[count + i] = 0;
}

/// Calls visit(k) for k < count, in a loop that is unrolled: the compiler leaves loops of atomic accesses as they are.
template <typename Visit>
inline __attribute__((always_inline)) void forEachUnrolled(size_t count, Visit visit) {
  size_t k = 0;
  for (; k + 8 <= count; k += 8)
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; ++i) visit(k + i);
  for (; k < count; ++k) visit(k);
}

/// to ← the listed rows, followed by zeros.
template <typename Real>
inline void collectRows(const Real* matrix, const RowList& list, Real* to) {
  const uint32_t* const rows = list.rows;
  const size_t count = list.count, width = list.width;
  if (width == 1)
    forEachUnrolled(
        count, [=](size_t k) __attribute__((always_inline)) { to[k] = relaxedLoad(matrix + rows[k]); });
  else
    for (size_t k = 0; k < count; ++k) relaxedRead(matrix + rows[k] * width, width, to + k * width);
  padWithZeros(to, count * width);
}

/// The listed rows ← from.
template <typename Real>
inline void distributeRows(const Real* from, const RowList& list, Real* matrix) {
  const uint32_t* const rows = list.rows;
  const size_t count = list.count, width = list.width;
  if (width == 1)
    forEachUnrolled(
        count, [=](size_t k) __attribute__((always_inline)) { relaxedStore(matrix + rows[k], from[k]); });
  else
    for (size_t k = 0; k < count; ++k) relaxedWrite(from + k * width, width, matrix + rows[k] * width);
}

}  // namespace
}  // namespace glissade
