// Products of sparse rows, and the gradients of the rows that they touch.
//
// Assumes    W and its gradient row-major; output and delta in panels with any strides; tangents of all of them or of
//            none
// Alignment  that of the elements
// Writes     `columns` columns of rows [begin, end); reads nothing beyond them
// Order      sums over entries: blocks of 128 entries, in turn, so that bits don't depend on the width of panels
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// output ← x·W + b; b is zero if bias.values is null. Each sum starts with b.
template <typename Number, typename Real>
void sparseProductOf(const SparseRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i) {
    const uint64_t first = p.offsets[p.rows[i]], last = p.offsets[p.rows[i] + 1];
    const auto valueAt = [&](uint64_t k) {
      const Real value = p.values ? static_cast<Real>(p.values[k]) : Real(1);
      if constexpr (sizeof(Real) == sizeof(double))
        if (p.rests) return value + static_cast<Real>(p.rests[k]);
      return value;
    };
    // Rows of a large W are rarely in the cache.
    const auto prefetch = [&](uint64_t k) {
      constexpr size_t kLine = 64 / sizeof(Real), kMost = 8 * kLine;
      const Real* const row = p.weight.values + p.indices[k] * p.columns;
      for (size_t j = 0; j < p.columns && j < kMost; j += kLine) __builtin_prefetch(row + j);
    };
    constexpr uint64_t kAhead = 8;
    for (uint64_t k = first; k < last && k < first + kAhead; ++k) prefetch(k);
    const auto multiply = [&](size_t column, auto part) __attribute__((always_inline)) {
      constexpr size_t kWidth = decltype(part)::value;
      Number sums[kWidth];
      for (size_t j = 0; j < kWidth; ++j) sums[j] = p.bias.values ? load<Number>(p.bias, column + j) : Number(0);
      addInBlocks(
          first, last, sums, [&](uint64_t k, Number(&to)[kWidth]) __attribute__((always_inline)) {
            if (column == 0 && k + kAhead < last) prefetch(k + kAhead);
            const Track<const Real> row = p.weight + (p.indices[k] * p.columns + column);
            const Number value = valueAt(k);
#pragma omp simd
            for (size_t j = 0; j < kWidth; ++j) to[j] = to[j] + value * load<Number>(row, j);
          });
      const Track<Real> y = at(p.output, i, column);
      for (size_t j = 0; j < kWidth; ++j) store(y, j, sums[j]);
    };
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          forEachPart<kPanelWidth<Real>>(column, column + width, multiply);
        });
  }
}

/// gradient row slot − begin ← Σ weight·δ over the entries of touched row `slot`.
template <typename Number, typename Real>
void touchedGradientOf(const TouchedGradient<Real>& p) {
  for (size_t slot = p.begin; slot < p.end; ++slot)
    for (size_t j = 0; j < p.columns;) {
      const size_t column = p.first + j, inPanel = kPanelWidth<Real> - column % kPanelWidth<Real>;
      const size_t width = inPanel < p.columns - j ? inPanel : p.columns - j;
      forEachPart<kPanelWidth<Real>>(
          column, column + width, [&](size_t begin, auto part) __attribute__((always_inline)) {
            constexpr size_t kWidth = decltype(part)::value;
            Number sums[kWidth] = {};
            addInBlocks(
                p.begins[slot], p.begins[slot + 1],
                sums, [&](size_t e, Number(&to)[kWidth]) __attribute__((always_inline)) {
                  const Track<const Real> delta = at(p.delta, p.entries[2 * e], begin);
                  const Number weight = static_cast<Real>(__builtin_bit_cast(float, p.entries[2 * e + 1]));
#pragma omp simd
                  for (size_t k = 0; k < kWidth; ++k) to[k] = to[k] + weight * load<Number>(delta, k);
                });
            const Track<Real> gradient = p.gradient + ((slot - p.begin) * p.columns + begin - p.first);
            for (size_t k = 0; k < kWidth; ++k) store(gradient, k, sums[k]);
          });
      j += width;
    }
}

template <typename Real>
void sparseProduct(const SparseRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { sparseProductOf<Number>(p); });
}
template <typename Real>
void touchedGradient(const TouchedGradient<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { touchedGradientOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
