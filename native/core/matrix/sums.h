// Sums whose order does not depend on the width of vectors.
#pragma once

#include <cstddef>

namespace glissade {
namespace {

/// Adds term(row, j) to each lane, several rows at a time: a sum in memory waits for the one before.
template <typename Number, size_t kLanes, typename Term>
inline __attribute__((always_inline)) void addRows(size_t begin, size_t end, size_t width, Number (&lanes)[kLanes],
                                                   Term term) {
  size_t i = begin;
  for (; i + 4 <= end; i += 4) {
#pragma omp simd
    for (size_t j = 0; j < width; ++j)
      lanes[j] = lanes[j] + ((term(i, j) + term(i + 1, j)) + (term(i + 2, j) + term(i + 3, j)));
  }
  for (; i < end; ++i) {
#pragma omp simd
    for (size_t j = 0; j < width; ++j) lanes[j] = lanes[j] + term(i, j);
  }
}

/// Calls add(k, lanes) for terms [begin, end), in turn: on the sums, or, where there are many, on those of blocks of
/// terms, which are then added to the sums. Errors grow with the number of blocks and not with that of terms.
template <typename Number, size_t kLanes, typename Add>
inline __attribute__((always_inline)) void addInBlocks(size_t begin, size_t end, Number (&sums)[kLanes], Add add) {
  constexpr size_t kBlock = 128;
  if (end - begin <= kBlock) {
    for (size_t k = begin; k < end; ++k) add(k, sums);
    return;
  }
  for (size_t k = begin; k < end;) {
    const size_t last = end - k < kBlock ? end : k + kBlock;
    Number part[kLanes] = {};
    for (; k < last; ++k) add(k, part);
    for (size_t j = 0; j < kLanes; ++j) sums[j] = sums[j] + part[j];
  }
}

/// Σ term(k) over k < count.
template <typename Number, typename Term>
inline __attribute__((always_inline)) Number sumInBlocks(size_t count, Term term) {
  Number sum[1] = {};
  addInBlocks(
      0, count, sum, [&](size_t k, Number(&to)[1]) __attribute__((always_inline)) { to[0] = to[0] + term(k); });
  return sum[0];
}

/// The sum of a panel's lanes, in an order of its own.
template <typename Number, size_t kLanes>
inline Number sumOf(Number (&lanes)[kLanes]) {
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
#pragma omp simd
    for (size_t j = 0; j < half; ++j) lanes[j] = lanes[j] + lanes[j + half];
  }
  return lanes[0];
}

}  // namespace
}  // namespace glissade
