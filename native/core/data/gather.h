#pragma once

#include <cstddef>
#include <cstdint>

#include "data/stored.h"
#include "kernels/kernels.h"
#include "matrix/pairs.h"
#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

// The distance of the prefetch, in bytes. Rows lie anywhere in memory, so the processor can't predict them.
constexpr size_t kAhead = 12288;

/// Calls visit(i, numbers) for each row, where `numbers` are some columns of row rows[i] of a row-major table.
template <typename Stored, typename Visit>
inline __attribute__((always_inline)) void forEachRow(const void* source, const TableColumns& columns,
                                                      const uint32_t* rows, size_t begin, size_t end, Visit visit) {
  const auto rowAt = [&](size_t i) {
    return static_cast<const Stored*>(source) + rows[i] * columns.all + columns.begin;
  };
  const size_t bytes = (columns.end - columns.begin) * sizeof(Stored), ahead = kAhead / bytes + 1;
  for (size_t i = begin; i < end; ++i) {
    if (i + ahead < end)
      for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(rowAt(i + ahead)) + at, 0, 2);
    visit(i, rowAt(i));
  }
}

/// to[j] ← from[j], converted to Real, then multiplied by `factor`.
template <typename Stored, typename Real>
inline __attribute__((always_inline)) void convert(const Stored* from, size_t count, Real factor, Real* to) {
#pragma omp simd
  for (size_t j = 0; j < count; ++j) to[j] = static_cast<Real>(valueOf(from[j])) * factor;
}

/// Copies some columns of row rows[i] of a row-major table to the same columns of row i of `out`, for i in [begin,
/// end). Each number is converted to Real, then multiplied by `scale` rounded to Real.
///
/// Assumes    at least one column; the first is the first of a panel; `out` in panels of NR columns with any strides,
///            apart from the table
/// Alignment  that of the elements
/// Reads      these columns of each row; nothing beyond
/// Writes     these columns of rows [begin, end); nothing beyond
template <typename Stored, typename Real>
void gather(const void* source, const TableColumns& columns, double scale, const uint32_t* rows, size_t begin,
            size_t end, Panels<Real> out) {
  constexpr size_t kWidth = Tile<Real>::kNR;
  const Real factor = static_cast<Real>(scale);
  forEachRow<Stored>(
      source, columns, rows, begin, end, [&](size_t i, const Stored* from) __attribute__((always_inline)) {
        Real* to = out.data + columns.begin / kWidth * out.panelStride + i * out.rowStride;
        size_t left = columns.end - columns.begin;
        for (; left >= kWidth; left -= kWidth, from += kWidth, to += out.panelStride) convert(from, kWidth, factor, to);
        convert(from, left, factor, to);
      });
}

/// Likewise to bfloat16, all columns, in pairs of adjacent columns. The number after the last column is 1.
template <typename Stored>
void gatherPairs(const void* source, const TableColumns& columns, double scale, const uint32_t* rows, size_t begin,
                 size_t end, Panels<Pair> out) {
  constexpr size_t kWidth = Tile<float>::kNR;
  const auto factor = static_cast<float>(scale);
  forEachRow<Stored>(
      source, columns, rows, begin, end, [&](size_t i, const Stored* from) __attribute__((always_inline)) {
        Pair* const to = out.data + i * out.rowStride;
        float numbers[kWidth];
        const auto place = [&](size_t column) {
          return to + column / 2 / kWidth * out.panelStride + column / 2 % kWidth;
        };
        size_t column = 0;
        for (; column + kWidth <= columns.end; column += kWidth) {
          convert(from + column, kWidth, factor, numbers);
          pairAcross(numbers, kWidth, place(column));
        }
        const size_t left = columns.end - column;
        convert(from + column, left, factor, numbers);
        numbers[left] = 1;
        pairAcross(numbers, left + 1, place(column));
      });
}

constexpr GatherKernels<Pair> pairGathers = {.float32 = gatherPairs<float>,
                                             .float64 = gatherPairs<double>,
                                             .uint8 = gatherPairs<uint8_t>,
                                             .bfloat16 = gatherPairs<Bfloat16>};

}  // namespace
}  // namespace glissade
