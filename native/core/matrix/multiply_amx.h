// Products of pairs in the tile registers of Intel's AMX (Intel Architecture Instruction Set Extensions reference,
// chapter 3): two by two registers of C, each of 16 × 16 floats, from two of A and two of B. `Tiles` is AmxTiles, or a
// plain implementation for tests.
//
// The terms of a stretch are added to C in turn, without blocks: AMX can't add two tile registers. The rounding of
// factors to 8 significant bits outweighs the errors of such sums.
#pragma once

#include "matrix/multiply.h"

namespace glissade {
namespace {

constexpr size_t kTileSide = kDepthGrain;  // rows of a tile register, and 32-bit elements of a row

/// The layout that LDTILECFG reads.
struct TileConfiguration {
  uint8_t palette = 1, startRow = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};
};

#if defined(__AMX_BF16__)
/// The processor's tile registers. In assembly, since compilers' intrinsics don't declare that they read memory.
struct AmxTiles {
  static void configure(const TileConfiguration& configuration) {
    __asm__ volatile("ldtilecfg %0" ::"m"(configuration) : "memory");
  }
  static void release() { __asm__ volatile("tilerelease" ::: "memory"); }
  template <int kTile>
  static void zero() {
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(kTile));
  }
  template <int kTile>
  static void load(const void* from, size_t strideBytes) {
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(strideBytes), "i"(kTile) : "memory");
  }
  template <int kTile>
  static void store(void* to, size_t strideBytes) {
    __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(strideBytes), "i"(kTile) : "memory");
  }
  template <int kC, int kA, int kB>
  static void multiply() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kC), "i"(kA), "i"(kB));
  }
};
#endif

/// Copies terms [begin, begin + 16) of rows [row, row + rows) of A, which is given as Aᵀ, to rows of NR pairs. Terms
/// from `end` on become 0.
inline void packTransposed(const Panels<const Pair>& transposed, size_t row, size_t rows, size_t begin, size_t end,
                           Pair* to) {
  constexpr size_t kNR = Tile<Pair>::kNR;
  for (size_t i = 0; i < rows; i += kTileSide) {
    if (i + kTileSide <= rows && begin + kTileSide <= end) {
      transposeSquare(at(transposed, begin, row + i), transposed.rowStride, to + i * kNR, kNR);
      continue;
    }
    for (size_t r = i; r < least(i + kTileSide, rows); ++r)
      for (size_t k = 0; k < kTileSide; ++k)
        to[r * kNR + k] = begin + k < end ? *at(transposed, begin + k, row + r) : Pair{};
  }
}

/// Configures the tile registers, each of up to 16 rows of 64 bytes:
///
///            NR = 32
///            ┌──────┬──────┐          tmm6  tmm7   B, 16 pairs deep
///   MR = 32  │ tmm0 │ tmm1 │  C
///            │ tmm2 │ tmm3 │          tmm4         A, the upper 16 rows
///            └──────┴──────┘          tmm5         A, the lower ones
///
/// The upper registers have min(rows, 16) rows. The lower ones have the rest, or 16 unused rows.
template <typename Tiles>
void configureTiles(size_t rows) {
  TileConfiguration configuration;
  const size_t upper = least(rows, kTileSide), lower = rows > kTileSide ? rows - kTileSide : kTileSide;
  const size_t counts[8] = {upper, upper, lower, lower, upper, lower, kTileSide, kTileSide};
  for (int i = 0; i < 8; ++i) {
    configuration.rows[i] = static_cast<uint8_t>(counts[i]);
    configuration.rowBytes[i] = kTileSide * sizeof(Pair);
  }
  Tiles::configure(configuration);
}

/// Micro-kernel: C[MR × NR] (+)= A[MR × depth] · B[depth × NR]. Without kHasLower, only the upper half of C; without
/// kHasRight, only the left half. `isFirst` overwrites C.
///
/// Assumes    a: a matrix in panels                               b: element (k, j) at b[k · NR + j]
/// Alignment  that of the elements; 64 bytes is faster
/// Reads      A and B in multiples of 16 pairs along the depth
/// Writes     whole rows of 16 floats of C
/// Order      terms in turn, rounded in AMX's own way
template <typename Tiles, bool kHasLower, bool kHasRight>
void addTiles(float* c, size_t cStride, bool isFirst, size_t depth, const Panels<const Pair>& a, const Pair* b) {
  constexpr size_t kNR = Tile<Pair>::kNR, kBytes = sizeof(Pair);
  const size_t cBytes = cStride * sizeof(float), aBytes = a.rowStride * kBytes, bBytes = kNR * kBytes;
  float* const lower = c + kTileSide * cStride;
  if (isFirst) {
    Tiles::template zero<0>();
    if constexpr (kHasRight) Tiles::template zero<1>();
    if constexpr (kHasLower) Tiles::template zero<2>();
    if constexpr (kHasLower && kHasRight) Tiles::template zero<3>();
  } else {
    Tiles::template load<0>(c, cBytes);
    if constexpr (kHasRight) Tiles::template load<1>(c + kTileSide, cBytes);
    if constexpr (kHasLower) Tiles::template load<2>(lower, cBytes);
    if constexpr (kHasLower && kHasRight) Tiles::template load<3>(lower + kTileSide, cBytes);
  }
  for (size_t k = 0; k < depth; k += kTileSide, b += kTileSide * kNR) {
    const Pair* const left = at(a, 0, k);
    Tiles::template load<4>(left, aBytes);
    Tiles::template load<6>(b, bBytes);
    Tiles::template multiply<0, 4, 6>();
    if constexpr (kHasRight) {
      Tiles::template load<7>(b + kTileSide, bBytes);
      Tiles::template multiply<1, 4, 7>();
    }
    if constexpr (kHasLower) {
      Tiles::template load<5>(left + kTileSide * a.rowStride, aBytes);
      Tiles::template multiply<2, 5, 6>();
      if constexpr (kHasRight) Tiles::template multiply<3, 5, 7>();
    }
  }
  Tiles::template store<0>(c, cBytes);
  if constexpr (kHasRight) Tiles::template store<1>(c + kTileSide, cBytes);
  if constexpr (kHasLower) Tiles::template store<2>(lower, cBytes);
  if constexpr (kHasLower && kHasRight) Tiles::template store<3>(lower + kTileSide, cBytes);
}

/// Adds terms to a tile of up to MR × NR elements of C: in a buffer, unless C is in panels or the tile is NR wide.
template <typename Tiles>
void addToTile(const Product<float, Pair>& p, size_t row, size_t rows, size_t column, size_t columns,
               const Terms& terms, const Panels<const Pair>& a, const Pair* b) {
  constexpr size_t kNR = Tile<Pair>::kNR;
  const bool startsAnew = terms.begin == terms.first && !p.epilogue.accumulates;
  float* const target = elementOfC(p, row, column);
  float* c = target;
  size_t stride = p.c.rowStride;
  const bool whole = columns == kNR || stride == kNR;
  alignas(64) float part[2 * kTileSide * kNR];
  if (!whole) {
    if (!startsAnew) copyRows<kNR / 2>(rows, columns, c, stride, part, kNR);
    c = part;
    stride = kNR;
  }
  const size_t depth = terms.end - terms.begin;
  const bool hasLower = rows > kTileSide, hasRight = columns > kTileSide;
  if (hasLower && hasRight)
    addTiles<Tiles, true, true>(c, stride, startsAnew, depth, a, b);
  else if (hasLower)
    addTiles<Tiles, true, false>(c, stride, startsAnew, depth, a, b);
  else if (hasRight)
    addTiles<Tiles, false, true>(c, stride, startsAnew, depth, a, b);
  else
    addTiles<Tiles, false, false>(c, stride, startsAnew, depth, a, b);
  if (!whole) copyRows<kNR / 2>(rows, columns, part, kNR, target, p.c.rowStride);
  if (terms.end == p.depth) finishTile(p, row, rows, column, columns);
}

/// multiplyStretch of matrix/multiply.h in tile registers.
template <typename Tiles>
void multiplyStretchInTiles(const Product<float, Pair>& p, const PanelRange& range, size_t first, size_t last) {
  constexpr size_t kNR = Tile<Pair>::kNR, kMR = 2 * kTileSide;
  alignas(64) Pair packed[kKC * kNR], packedA[kMR * kKC];
  size_t configured = 0;
  const auto configure = [&](size_t rows) {
    if (rows != configured) configureTiles<Tiles>(rows);
    configured = rows;
  };
  const auto panelOfB = [&](size_t panel, size_t begin, size_t end) -> const Pair* {
    const size_t column = panel * kNR, columns = least(kNR, p.columns - column);
    if (!p.bIsTransposed && p.b.rowStride == kNR) return at(p.b, begin, column);
    if (p.bIsTransposed)
      packColumns(p.b, column, columns, begin, end, packed);
    else
      packRows(at(p.b, begin, column), p.b.rowStride, end - begin, columns, packed);
    for (Pair* rest = packed + (end - begin) * kNR; (rest - packed) % (kTileSide * kNR) != 0; ++rest) *rest = Pair{};
    return packed;
  };
  for (size_t begin = first; begin == first || begin < last; begin += kKC) {
    const size_t end = least(begin + kKC, last);
    const auto add = [&](size_t row, size_t rows, size_t panel, const Panels<const Pair>& a, const Pair* b) {
      configure(rows);
      addToTile<Tiles>(p, row, rows, panel * kNR, least(kNR, p.columns - panel * kNR), {first, begin, end}, a, b);
    };
    if (!p.aIsTransposed) {
      for (size_t panel = range.panelBegin; panel < range.panelEnd; ++panel) {
        const Pair* const b = panelOfB(panel, begin, end);
        forEachTile<kMR, kNR>(range, false, [&](size_t row, size_t rows) {
          add(row, rows, panel, {at(p.a, row, begin), p.a.panelStride, p.a.rowStride}, b);
        });
      }
      continue;
    }
    forEachTile<kMR, kNR>(range, true, [&](size_t row, size_t rows) {
      // The rows of A, which are columns of the Aᵀ given, are copied to panels.
      for (size_t k = begin; k < end; k += kNR)
        for (size_t half = 0; half < kNR; half += kTileSide)
          packTransposed(p.a, row, rows, k + half, end, packedA + (k - begin) * kMR + half);
      for (size_t panel = range.panelBegin; panel < range.panelEnd; ++panel)
        add(row, rows, panel, {packedA, kMR * kNR, kNR}, panelOfB(panel, begin, end));
    });
  }
  Tiles::release();
}

template <typename Tiles>
void multiplyInTiles(const Product<float, Pair>& p, const PanelRange& range) {
  multiplyByStretches(p, range, multiplyStretchInTiles<Tiles>);
}

}  // namespace
}  // namespace glissade
