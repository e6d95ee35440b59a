// Columns of a matrix, copied or added to columns of another, and summed.
//
// Assumes    matrices in panels with any strides, which don't overlap
// Alignment  that of the elements
// Writes     the columns and rows that are named; reads nothing beyond them
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

inline size_t leastOf(size_t a, size_t b) { return a < b ? a : b; }

/// Calls visit(from, to, count) for runs of elements that are adjacent on both sides. A run ends where a
/// panel of either matrix ends.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachRun(const ColumnRows<Real>& p, Visit visit) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  for (size_t j = 0; j < p.columns;) {
    const size_t from = p.fromColumn + j, to = p.toColumn + j;
    const size_t count = leastOf(leastOf(kWidth - from % kWidth, kWidth - to % kWidth), p.columns - j);
    const Real* source = at(p.from, p.begin, from);
    Real* target = at(p.to, p.begin, to);
    const size_t sourceStep = p.from.rowStride, targetStep = p.to.rowStride, rows = p.end - p.begin;
    const auto visitRows = [&](size_t width) __attribute__((always_inline)) {
      for (size_t i = 0; i < rows; ++i, source += sourceStep, target += targetStep) visit(source, target, width);
    };
    if (count == kWidth)  // a constant, for the compiler to unroll
      visitRows(kWidth);
    else
      visitRows(count);
    j += count;
  }
}

template <typename Real>
void copyColumns(const ColumnRows<Real>& p) {
  forEachRun(
      p, [](const Real* from, Real* to, size_t count) __attribute__((always_inline)) {
        constexpr size_t kWidth = kPanelWidth<Real>;
        if (count < kWidth) return copyFew<kWidth / 2>(from, count, to);
#pragma omp simd
        for (size_t j = 0; j < kWidth; ++j) to[j] = from[j];
      });
}

template <typename Real>
void addColumns(const ColumnRows<Real>& p) {
  forEachRun(
      p, [](const Real* from, Real* to, size_t count) __attribute__((always_inline)) {
#pragma omp simd
        for (size_t j = 0; j < count; ++j) to[j] += from[j];
      });
}

/// sums[j] ← Σ over rows [0, rows) of column j. Zeros if there are no rows.
///
/// Order      pairwise (Higham 1993): 16 rows (addRows), two such sums, two of these, …; then the sums left over,
///            from the last to the first
template <typename Real>
void sumColumns(const Panels<const Real>& from, size_t rows, size_t columns, Real* sums) {
  constexpr size_t kWidth = kPanelWidth<Real>, kLeaf = 16, kLevels = 64;
  forEachPanel<Real>(
      columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Real waiting[kLevels][kWidth];  // sums, each of at least twice as many rows as the next
        size_t count = 0;
        const auto join = [&] {
          --count;
#pragma omp simd
          for (size_t j = 0; j < width; ++j) waiting[count - 1][j] += waiting[count][j];
        };
        const Real* const first = at(from, 0, column);
        size_t leaf = 0;
        do {
          Real(&lanes)[kWidth] = waiting[count++];
          for (size_t j = 0; j < kWidth; ++j) lanes[j] = 0;
          addRows(
              leaf * kLeaf, leastOf((leaf + 1) * kLeaf, rows), width,
              lanes, [&](size_t i, size_t j) __attribute__((always_inline)) { return first[i * from.rowStride + j]; });
          for (size_t n = ++leaf; n % 2 == 0; n /= 2) join();
        } while (leaf * kLeaf < rows);
        while (count > 1) join();  // NOLINT(bugprone-infinite-loop): it lowers count
        for (size_t j = 0; j < width; ++j) sums[column + j] = waiting[0][j];
      });
}

}  // namespace
}  // namespace glissade
