#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// The sum of `depth` terms in the order of a product (matrix/multiply.h), by plain loops: in blocks, and in stretches
/// of 1,024 terms in deep products. add(k, sum) adds term k to a sum. `before`, if not null, is the sum to accumulate
/// on.
template <typename Real, typename Add>
Real blockedSum(size_t depth, Add add, const Real* before = nullptr) {
  const size_t block = depth <= 2048 ? 128 : 256;
  const auto joined = [](bool isFirst, Real sum, Real more) { return isFirst ? more : sum + more; };
  const auto ofBlocks = [&](size_t begin, size_t end, bool isFirst, Real sum) {
    for (size_t k = begin; k < end; k += block, isFirst = false) {
      Real part = 0;
      for (size_t i = k; i < std::min(k + block, end); ++i) part = add(i, part);
      sum = joined(isFirst, sum, part);
    }
    return sum;
  };
  if (depth <= 4096) return ofBlocks(0, depth, !before, before ? *before : Real(0));
  Real sum = before ? *before : Real(0);
  for (size_t k = 0; k < depth; k += 1024)
    sum = joined(k == 0 && !before, sum, ofBlocks(k, std::min(k + 1024, depth), true, Real(0)));
  return sum;
}

/// The sum of value(i) over rows [begin, end), in the order of gradients of biases: 16 rows, 4 at a time, then
/// pairwise.
template <typename Real, typename Value>
Real pairwiseSum(size_t begin, size_t end, Value value) {
  if (end - begin <= 16) {
    Real sum = 0;
    for (; begin + 4 <= end; begin += 4)
      sum += (value(begin) + value(begin + 1)) + (value(begin + 2) + value(begin + 3));
    for (; begin < end; ++begin) sum += value(begin);
    return sum;
  }
  size_t half = 16;  // the largest power of two times 16 that leaves a rest
  while (2 * half < end - begin) half *= 2;
  return pairwiseSum<Real>(begin, begin + half, value) + pairwiseSum<Real>(begin + half, end, value);
}

}  // namespace glissade
