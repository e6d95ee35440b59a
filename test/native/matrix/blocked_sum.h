#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// The sum of `depth` terms in the order of a product, by plain loops: terms make blocks, and in deep products blocks
/// make stretches of 1,024. add(k, sum) adds term k to a sum. A sum to go on from is met by blocks, or, of a deeper
/// product, by stretches.
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

/// The sum of value(i) over rows [begin, end), as of biases: 16 rows, of which 4 are added at a time, then pairwise.
template <typename Real, typename Value>
Real pairwiseSum(size_t begin, size_t end, Value value) {
  if (end - begin <= 16) {
    Real sum = 0;
    for (; begin + 4 <= end; begin += 4)
      sum += (value(begin) + value(begin + 1)) + (value(begin + 2) + value(begin + 3));
    for (; begin < end; ++begin) sum += value(begin);
    return sum;
  }
  size_t half = 16;  // the largest power of two times 16 rows that leaves some
  while (2 * half < end - begin) half *= 2;
  return pairwiseSum<Real>(begin, begin + half, value) + pairwiseSum<Real>(begin + half, end, value);
}

}  // namespace glissade
