// The matrix product: register tiles of kRows × kColumns over the whole depth, so that each element of C is one sum in
// the order of k, whatever the tiling, the instruction set's width or the number of threads. (To have that, GCC must be
// kept from avoiding FMA where a tile has a single accumulator: avoid-fma-max-bits in native/sources.json.)
#pragma once

#include "arch/kernels.h"
#include "layers/activations.h"

namespace glissade {
namespace {

template <typename Real>
struct Tile {
#if defined(__AVX512F__)
  static constexpr int kVectorBytes = 64;
  static constexpr int kRows = 14;  // 14×2 accumulators + 2 of B + 1 broadcast = 31 of 32 registers
#elif defined(__AVX2__)
  static constexpr int kVectorBytes = 32;
  static constexpr int kRows = 6;  // 6×2 + 2 + 1 = 15 of 16
#elif defined(__aarch64__)
  static constexpr int kVectorBytes = 16;
  static constexpr int kRows = 12;  // 12×2 + 2 + 1 = 27 of 32
#else
  static constexpr int kVectorBytes = 16;
  static constexpr int kRows = 6;
#endif
  static constexpr int kVectors = 2;
  static constexpr int kLanes = kVectorBytes / sizeof(Real);
  static constexpr int kColumns = kVectors * kLanes;

  typedef Real Vector __attribute__((vector_size(kVectorBytes)));
  typedef Real Unaligned __attribute__((vector_size(kVectorBytes), aligned(sizeof(Real)), may_alias));
};

inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

/// Copies panels [firstPanel, lastPanel) of B to where a tile reads them in one sweep, zeros beyond its last column.
template <typename Real>
void pack(const Real* b, size_t depthStride, size_t columnStride, size_t depth, size_t columns, size_t firstPanel,
          size_t lastPanel, Real* packed) {
  constexpr size_t kWidth = Tile<Real>::kColumns;
  for (size_t panel = firstPanel; panel < lastPanel; ++panel) {
    const size_t first = panel * kWidth, width = least(kWidth, columns - first);
    Real* to = packed + first * depth;
    for (size_t k = 0; k < depth; ++k, to += kWidth) {
      const Real* from = b + k * depthStride + first * columnStride;
      size_t j = 0;
      if (columnStride == 1)
        for (; j < width; ++j) to[j] = from[j];
      else
        for (; j < width; ++j) to[j] = from[j * columnStride];
      for (; j < kWidth; ++j) to[j] = 0;
    }
  }
}

/// One tile of C. `columns` of its kVectors × kLanes are stored; the others are computed from what follows B's row.
template <typename Real, int kRows, int kVectors>
void multiplyTile(const Product<Real>& p, size_t row, size_t column, size_t columns) {
  using T = Tile<Real>;
  const size_t aRowStride = p.aRowStride, aDepthStride = p.aDepthStride, bDepthStride = p.bDepthStride;
  const Real* a = p.a + row * aRowStride;
  const Real* b = p.b + column / T::kColumns * p.panelStride;
  typename T::Vector sums[kRows][kVectors] = {};
  for (size_t k = 0; k < p.depth; ++k, a += aDepthStride, b += bDepthStride) {
    typename T::Vector bk[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) bk[v] = *reinterpret_cast<const typename T::Unaligned*>(b + v * T::kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sums[r][v] += a[r * aRowStride] * bk[v];
  }
  Real rowSums[kVectors * T::kLanes];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) *reinterpret_cast<typename T::Unaligned*>(rowSums + v * T::kLanes) = sums[r][v];
    const size_t at = (row + r) * p.cStride + column;
    if (p.bias)
      for (size_t j = 0; j < columns; ++j) rowSums[j] += p.bias[column + j];
    if (p.preactivation)
      for (size_t j = 0; j < columns; ++j) p.preactivation[at + j] = rowSums[j];
    for (size_t j = 0; j < columns; ++j) p.c[at + j] = rowSums[j];
  }
  if (p.activation != Activation::identity)
    for (int r = 0; r < kRows; ++r) activate(p.activation, p.c + (row + r) * p.cStride + column, columns);
}

template <typename Real, int kRows>
void multiplyRows(const Product<Real>& p, size_t rows, size_t row, size_t column, size_t columns) {
  if constexpr (kRows > 1)
    if (rows < kRows) return multiplyRows<Real, kRows - 1>(p, rows, row, column, columns);
  if (columns > Tile<Real>::kLanes)
    multiplyTile<Real, kRows, 2>(p, row, column, columns);
  else
    multiplyTile<Real, kRows, 1>(p, row, column, columns);
}

/// Tiles [firstTile, lastTile) of C, counted down each panel of columns, so that the panel of B stays in cache.
template <typename Real>
void multiply(const Product<Real>& p, size_t firstTile, size_t lastTile) {
  using T = Tile<Real>;
  const size_t blocks = (p.rows + T::kRows - 1) / T::kRows;
  for (size_t tile = firstTile; tile < lastTile; ++tile) {
    const size_t column = tile / blocks * T::kColumns, block = tile % blocks;
    const size_t row = block * p.rows / blocks,
                 end = (block + 1) * p.rows / blocks;  // evenly: 128 rows are 13 + 13 + … + 12
    multiplyRows<Real, T::kRows>(p, end - row, row, column, least(T::kColumns, p.columns - column));
  }
}

/// Sums of columns [begin, end), each in the order of rows.
template <typename Real>
void columnSums(const Real* matrix, size_t rows, size_t columns, size_t begin, size_t end, Real* sums) {
  for (size_t j = begin; j < end; ++j) sums[j] = 0;
  for (size_t i = 0; i < rows; ++i) {
    const Real* row = matrix + i * columns;
#pragma omp simd
    for (size_t j = begin; j < end; ++j) sums[j] += row[j];
  }
}

}  // namespace
}  // namespace glissade
