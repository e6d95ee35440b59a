// Sums in a fixed order.
#pragma once

#include <cstddef>
#include <type_traits>

#include "arch/dual.h"

namespace glissade {
namespace {

/// The numbers in which long sums add their blocks: in double, so that errors don't grow with the number of blocks.
template <typename Number>
using Wide = std::conditional_t<isDual<Number>, Dual<double>, double>;

template <typename Real>
double widened(Real x) {
  return static_cast<double>(x);
}
template <typename Real>
Dual<double> widened(const Dual<Real>& x) {
  return {static_cast<double>(x.value), static_cast<double>(x.tangent)};
}

/// A wide number, rounded.
template <typename Number>
Number narrowed(const Wide<Number>& x) {
  using Real = typename RealOf<Number>::Type;
  if constexpr (isDual<Number>)
    return {static_cast<Real>(x.value), static_cast<Real>(x.tangent)};
  else
    return static_cast<Real>(x);
}

/// lanes[j] += Σ term(i, j) over rows i in [begin, end), for j < width ≤ kLanes.
///
/// Order      four rows at a time: their terms are added in pairs, then to the lane, which makes the chain of dependent
///            additions a quarter as long. The last (end − begin) mod 4 rows are added one by one
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

/// Calls add(k, lanes) for the terms k in [begin, end), to add term k to the lanes.
///
/// Order      up to 128 terms are added to `sums` in turn. More terms are summed in blocks of 128, each from zero, and
///            the blocks are added to `sums` in turn: errors grow with the number of blocks, not of terms
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

/// Σ term(k) over k < count, in the order of addInBlocks.
template <typename Number, typename Term>
inline __attribute__((always_inline)) Number sumInBlocks(size_t count, Term term) {
  Number sum[1] = {};
  addInBlocks(
      0, count, sum, [&](size_t k, Number(&to)[1]) __attribute__((always_inline)) { to[0] = to[0] + term(k); });
  return sum[0];
}

/// Sums of up to kLanes lanes, to which terms are added one after another.
///
/// Order      up to 32 terms of a lane in turn. More are summed in blocks of 32, each from its first term; the blocks
///            are added in double
template <typename Number, size_t kLanes>
class LaneSums {
 public:
  explicit LaneSums(size_t width) : width_(width) {}

  /// Adds term(j) to each lane j.
  template <typename Term>
  __attribute__((always_inline)) void add(Term term) {
    if (terms_ == kBlock) addBlock();
    if (terms_++ == 0) {
#pragma omp simd
      for (size_t j = 0; j < width_; ++j) block_[j] = term(j);
    } else {
#pragma omp simd
      for (size_t j = 0; j < width_; ++j) block_[j] = block_[j] + term(j);
    }
  }

  /// The sums, or 0 if there are no terms. Nothing may be added afterwards.
  const Number (&sums())[kLanes] {
    if (terms_ == 0)
      for (size_t j = 0; j < width_; ++j) block_[j] = 0;
    if (blocks_ == 0) return block_;
    addBlock();
    for (size_t j = 0; j < width_; ++j) block_[j] = narrowed<Number>(total_[j]);
    return block_;
  }

 private:
  static constexpr size_t kBlock = 32;

  void addBlock() {
#pragma omp simd
    for (size_t j = 0; j < width_; ++j) total_[j] = blocks_ == 0 ? widened(block_[j]) : total_[j] + widened(block_[j]);
    ++blocks_;
    terms_ = 0;
  }

  size_t width_, terms_ = 0, blocks_ = 0;
  Number block_[kLanes];
  Wide<Number> total_[kLanes];  // of the blocks that are full
};

/// The sum of the lanes, a power of two of them; overwrites them. Order: the upper half is added to the lower half,
/// until one is left. It depends on kLanes.
template <typename Number, size_t kLanes>
inline Number sumOf(Number (&lanes)[kLanes]) {
#pragma GCC unroll 8
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
#pragma omp simd
    for (size_t j = 0; j < half; ++j) lanes[j] = lanes[j] + lanes[j + half];
  }
  return lanes[0];
}

}  // namespace
}  // namespace glissade
