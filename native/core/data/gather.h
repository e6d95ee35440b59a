#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/kernels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

/// Copies rows rows[begin..end) of a row-major table into rows begin..end of `out`, converted and scaled on the way.
template <typename Stored, typename Real>
void gather(const void* source, double scale, size_t columns, const uint32_t* rows, size_t begin, size_t end,
            Panels<Real> out) {
  constexpr size_t kWidth = Tile<Real>::kColumns;
  const Real factor = static_cast<Real>(scale);
  for (size_t i = begin; i < end; ++i) {
    const Stored* from = static_cast<const Stored*>(source) + rows[i] * columns;
    Real* to = out.data + i * out.rowStride;
    size_t left = columns;
    for (; left >= kWidth; left -= kWidth, from += kWidth, to += out.panelStride) {
#pragma omp simd
      for (size_t j = 0; j < kWidth; ++j) to[j] = static_cast<Real>(from[j]) * factor;
    }
#pragma omp simd
    for (size_t j = 0; j < left; ++j) to[j] = static_cast<Real>(from[j]) * factor;
  }
}

}  // namespace
}  // namespace glissade
