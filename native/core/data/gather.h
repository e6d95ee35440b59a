#pragma once

#include <cstddef>
#include <cstdint>

#include "data/stored.h"
#include "kernels/kernels.h"
#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

// The distance of the prefetch, in bytes. Rows lie anywhere in memory, so the processor can't predict them.
constexpr size_t kAhead = 12288;

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
  const auto rowAt = [&](size_t i) {
    return static_cast<const Stored*>(source) + rows[i] * columns.all + columns.begin;
  };
  const size_t count = columns.end - columns.begin, bytes = count * sizeof(Stored), ahead = kAhead / bytes + 1;
  for (size_t i = begin; i < end; ++i) {
    if (i + ahead < end)
      for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(rowAt(i + ahead)) + at, 0, 2);
    const Stored* from = rowAt(i);
    Real* to = out.data + columns.begin / kWidth * out.panelStride + i * out.rowStride;
    size_t left = count;
    for (; left >= kWidth; left -= kWidth, from += kWidth, to += out.panelStride) {
#pragma omp simd
      for (size_t j = 0; j < kWidth; ++j) to[j] = static_cast<Real>(valueOf(from[j])) * factor;
    }
#pragma omp simd
    for (size_t j = 0; j < left; ++j) to[j] = static_cast<Real>(valueOf(from[j])) * factor;
  }
}

}  // namespace
}  // namespace glissade
