// The matrix product: a panel of B stays in the first-level cache while tiles of C are summed in registers.
//
// Order of each element's sum, which follows from the depth alone (not from tiles, the width of vectors or threads):
//
//   k = 0 … ├─ block ─┼─ block ─┼ … ┼─ block ─┤ …             a block's terms in turn, from zero
//           ├──────────── stretch ────────────┼─ stretch ─┤   a stretch's blocks in turn, then the stretches
//
// A block has 128 or 256 terms. Products of more than kLongDepth terms have stretches of kStretch. An element therefore
// has the rounding errors of at most 272 additions in turn, and of one more for each 1,024 terms of a deep product.
//
// By default GCC avoids FMA where a tile has a single accumulator, which changes the bits. `avoid-fma-max-bits` in
// native/sources.json forbids that.
#pragma once

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include "math/activations.h"
#include "matrix/elements.h"
#include "matrix/packing.h"
#include "matrix/product.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

// KC, the depth of a panel of B. A panel takes 32 KB of the first-level cache with 64-byte vectors, 16 KB with 32-byte
// ones.
constexpr size_t kKC = 256;
// B is copied to adjacent rows if its rows are kFarApart bytes apart or more and at least kManyTiles tiles read it. As
// measured, rows of 2,048 bytes are read in place as fast, rows of 2,800 are not. On Zen 5, a product of 64 rows with
// 784 × 512 weights runs at 93 to 98 % of the FMA peak with B in place, and at 79 to 83 % with B copied.
constexpr size_t kFarApart = 2560;
constexpr size_t kManyTiles = 4;

// A product deeper than kLongDepth is summed kStretch terms at a time. A stretch is summed in a buffer of kStretchRows
// rows and kStretchPanels panels: so few rows that A stays in the second-level cache for all of these panels.
constexpr size_t kLongDepth = 4096, kStretch = 1024;
constexpr size_t kStretchRows = 128, kStretchPanels = 4;

/// The number of terms in a block: a divisor of kKC. Adding a block to C takes about as long as half a term.
constexpr size_t blockTerms(size_t depth) { return depth <= kShortDepth ? kBlockTerms : 2 * kBlockTerms; }

/// Terms [begin, end) of a sum that starts with term `first`. The range does not cross a multiple of kKC.
struct Terms {
  size_t first, begin, end;
};

template <typename Real, typename Element>
Real* elementOfC(const Product<Real, Element>& p, size_t row, size_t column) {
  return at(p.c, row - p.firstRow, column);
}

/// The rows of B that a tile reads: element (k, j) of a panel is at data[k · stride + j].
template <typename Element>
struct PanelOfB {
  const Element* data;
  size_t stride;
};

/// kVectors vectors of a row of B. addTo(sums, a) adds their product with one element of A to the sums.
template <typename Real, int kVectors>
struct RowOfB {
  using T = Tile<Real>;
  typename T::Vector values[kVectors];

  explicit RowOfB(const Real* b) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) values[v] = *reinterpret_cast<const typename T::Unaligned*>(b + v * T::kLanes);
  }

  void addTo(typename T::Vector (&sums)[kVectors], Real a) const {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[v] += a * values[v];
  }
};

#if defined(__AVX512BF16__)
template <int kVectors>
struct RowOfB<Pair, kVectors> {
  __m512bh values[kVectors];

  explicit RowOfB(const Pair* b) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v)
      values[v] = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b + v * Tile<Pair>::kLanes));
  }

  void addTo(typename Tile<Pair>::Vector (&sums)[kVectors], Pair a) const {
    const auto pairs = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(a)));
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[v] = _mm512_dpbf16_ps(sums[v], pairs, values[v]);
  }
};
#else
/// The first and the second number of a pair, as floats.
inline float firstOf(Pair pair) { return __builtin_bit_cast(float, static_cast<uint32_t>(pair) << 16); }
inline float secondOf(Pair pair) { return __builtin_bit_cast(float, static_cast<uint32_t>(pair) & 0xffff0000u); }

template <int kVectors>
struct RowOfB<Pair, kVectors> {
  using T = Tile<float>;
  typedef uint32_t Bits __attribute__((vector_size(T::kVectorBytes)));
  typedef uint32_t UnalignedBits __attribute__((vector_size(T::kVectorBytes), aligned(sizeof(Pair)), may_alias));
  typename T::Vector first[kVectors], second[kVectors];

  explicit RowOfB(const Pair* b) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      const Bits pairs = *reinterpret_cast<const UnalignedBits*>(b + v * T::kLanes);
      first[v] = reinterpret_cast<typename T::Vector>(pairs << 16);
      second[v] = reinterpret_cast<typename T::Vector>(pairs & 0xffff0000u);
    }
  }

  void addTo(typename T::Vector (&sums)[kVectors], Pair a) const {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[v] += firstOf(a) * first[v];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[v] += secondOf(a) * second[v];
  }
};
#endif

template <size_t kMost, typename Real>
__attribute__((noinline)) void copyRows(size_t rows, size_t columns, const Real* from, size_t fromStride, Real* to,
                                        size_t toStride) {
  for (size_t r = 0; r < rows; ++r) copyFew<kMost>(from + r * fromStride, columns, to + r * toStride);
}

/// Micro-kernel: C[kRows × columns] (+)= A[kRows × terms] · B[terms × columns], C kept in registers over a block of
/// terms. kRows ≤ MR; columns ≤ NR, and ≤ kLanes where kVectors is 1.
///
/// Assumes    a: element (i, k) of a panel at a[k + i · NR], or a[i + k · stride] where Aᵀ is given
///            b: element (k, j) of a panel at b[k · stride + j]
/// Alignment  that of the elements
/// Reads      whole vectors of B, up to a panel's row beyond its last element
/// Writes     `columns` columns of C; whole vectors where C is in panels
/// Order      terms [begin, end), where begin is the first of a block: the terms of a block in turn, from zero; then
///            the blocks in turn. The first block overwrites C if begin = first and the product does not accumulate.
///
///             kVectors × kLanes = NR
///            ┌────┬────┐
///     kRows  │    │    │   kRows × kVectors sums in registers, beside kVectors of B and one element of A
///            └────┴────┘
template <typename Real, typename Element, int kRows, int kVectors>
void multiplyTile(const Product<Real, Element>& p, size_t row, size_t column, size_t columns, const Terms& terms,
                  const PanelOfB<Element>& b) {
  using T = Tile<Real>;
  using Unaligned = typename T::Unaligned;
  constexpr size_t kNR = T::kNR;
  constexpr size_t kTileColumns = kVectors * T::kLanes;
  Real* const c = elementOfC(p, row, column);
  const size_t cStride = p.c.rowStride;
  const bool whole = columns == kTileColumns || cStride == kNR;  // panels have room for whole vectors
  Real part[kRows * kTileColumns];                               // C where it has no such room
  Real* const to = whole ? c : part;
  const size_t stride = whole ? cStride : kTileColumns, length = blockTerms(p.depth);
  bool adds = terms.begin > terms.first || p.epilogue.accumulates;
  if (!whole && adds) copyRows<kTileColumns / 2>(kRows, columns, c, cStride, part, kTileColumns);

  const Element* bk = b.data;
  const size_t bStride = b.stride;
  size_t begin = terms.begin;
  do {
    const size_t end = least(begin + length, terms.end);
    typename T::Vector sums[kRows][kVectors] = {};
    const auto addTerm = [&](const Element* a, size_t aStride) __attribute__((always_inline)) {
      const RowOfB<Element, kVectors> values(bk);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) values.addTo(sums[r], a[r * aStride]);
      bk += bStride;
    };
    if (p.aIsTransposed) {
      const Element* a = at(p.a, begin, row);
      const size_t aStride = p.a.rowStride;
      for (size_t k = begin; k < end; ++k, a += aStride) addTerm(a, 1);
    } else {
      for (size_t k = begin; k < end; k += kNR) {
        const Element *a = at(p.a, row, k), *const last = a + least(kNR, end - k);
        for (; a < last; ++a) addTerm(a, kNR);
      }
    }
    size_t rowStride = stride;
    __asm__ volatile("" : "+r"(rowStride));  // else GCC computes all rows' addresses before the loop and spills them
    const auto vectorOf = [&](int r, int v) __attribute__((always_inline)) {
      return reinterpret_cast<Unaligned*>(to + r * rowStride + v * T::kLanes);
    };
    if (adds) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) sums[r][v] += *vectorOf(r, v);
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) *vectorOf(r, v) = sums[r][v];
    adds = true;
    begin = end;
  } while (begin < terms.end);
  if (!whole) copyRows<kTileColumns / 2>(kRows, columns, part, kTileColumns, c, cStride);
}

/// The epilogue of a tile of C after its last term: the activation or its derivative, then the next column. Where C is
/// in panels, it covers whole rows of NR elements.
template <typename Real, typename Element>
void finishTile(const Product<Real, Element>& p, size_t row, size_t rows, size_t column, size_t columns) {
  constexpr size_t kNR = Tile<Real>::kNR;
  Real* const c = elementOfC(p, row, column);
  const auto offset = c - p.c.data;
  const bool adjacent = p.c.rowStride == kNR;
  const size_t count = adjacent ? rows * kNR : columns;
  const Epilogue<Real>& epilogue = p.epilogue;
  const bool isDone = epilogue.activation == Activation::identity;
  const auto beside = [&](auto* data, size_t skip) { return data ? data + offset + skip : nullptr; };
  for (size_t r = 0; r < (isDone ? 0 : adjacent ? 1 : rows); ++r) {
    const size_t skip = r * p.c.rowStride;
    if (epilogue.output) {
      activationBackward(epilogue.activation, beside(epilogue.output, skip), beside(epilogue.preactivation, skip),
                         c + skip, count);
    } else {
      if (epilogue.keptPreactivation)
        __builtin_memcpy(beside(epilogue.keptPreactivation, skip), c + skip, count * sizeof(Real));
      activate(epilogue.activation, c + skip, count);
    }
  }
  if (epilogue.nextColumn != NextColumn::anything && columns < kNR)
    for (size_t r = 0; r < rows; ++r) c[r * p.c.rowStride + columns] = epilogue.nextColumn == NextColumn::one ? 1 : 0;
}

/// A tile of `rows` ≤ kRows rows, by the instance of multiplyTile for that number.
template <typename Real, typename Element, int kRows>
void multiplyRows(const Product<Real, Element>& p, size_t rows, size_t row, size_t column, size_t columns,
                  const Terms& terms, const PanelOfB<Element>& b) {
  if constexpr (kRows > 1)
    if (rows < kRows) return multiplyRows<Real, Element, kRows - 1>(p, rows, row, column, columns, terms, b);
  if (columns > Tile<Real>::kLanes)
    multiplyTile<Real, Element, kRows, 2>(p, row, column, columns, terms, b);
  else
    multiplyTile<Real, Element, kRows, 1>(p, row, column, columns, terms, b);
  if (terms.end == p.depth) finishTile(p, row, kRows, column, columns);
}

/// Calls visit(first row, rows) for the tiles of a range. Rows are divided evenly: 32 rows are 10 + 11 + 11 where MR is
/// 14. Where A is transposed, tiles don't cross its panels.
template <size_t kMR, size_t kNR, typename Visit>
inline __attribute__((always_inline)) void forEachTile(const PanelRange& range, bool aIsTransposed, Visit visit) {
  for (size_t first = range.rowBegin; first < range.rowEnd;) {
    const size_t last = aIsTransposed ? least(range.rowEnd, (first / kNR + 1) * kNR) : range.rowEnd;
    const size_t rows = last - first, tiles = (rows + kMR - 1) / kMR;
    for (size_t i = 0; i < tiles; ++i) {
      const size_t begin = rows * i / tiles, end = rows * (i + 1) / tiles;
      visit(first + begin, end - begin);
    }
    first = last;
  }
}

/// Sums terms [first, last) of the product for a range of C. `first` is a multiple of kKC.
template <typename Real, typename Element>
void multiplyStretch(const Product<Real, Element>& p, const PanelRange& range, size_t first, size_t last) {
  using T = Tile<Element>;
  constexpr size_t kNR = T::kNR, kMR = T::kMR;
  alignas(64) Element packed[kKC * kNR];
  const bool packs = p.bIsTransposed || (p.b.rowStride * sizeof(Element) >= kFarApart &&
                                         range.rowEnd - range.rowBegin > (kManyTiles - 1) * kMR);
  for (size_t begin = first; begin == first || begin < last; begin += kKC) {
    const Terms terms{first, begin, least(begin + kKC, last)};
    for (size_t panel = range.panelBegin; panel < range.panelEnd; ++panel) {
      const size_t column = panel * kNR, columns = least(kNR, p.columns - column);
      PanelOfB<Element> b{packed, kNR};
      const bool prefetchesNext = packs && !p.bIsTransposed && panel + 1 < range.panelEnd;
      const auto termAt = [&](size_t row) {
        return begin + (terms.end - begin) * (row - range.rowBegin) / (range.rowEnd - range.rowBegin);
      };
      if (!packs)
        b = {at(p.b, begin, column), p.b.rowStride};
      else if (p.bIsTransposed)
        packColumns(p.b, column, columns, begin, terms.end, packed);
      else
        packRows(at(p.b, begin, column), p.b.rowStride, terms.end - begin, columns, packed);
      forEachTile<kMR, kNR>(
          range, p.aIsTransposed, [&](size_t row, size_t rows) __attribute__((always_inline)) {
            if (prefetchesNext) prefetchRows(p.b, column + kNR, termAt(row), termAt(row + rows));
            multiplyRows<Real, Element, kMR>(p, rows, row, column, columns, terms, b);
          });
    }
  }
}

/// C = sums if `startsAnew`, else C += sums, for a range of C. `sums` begins with the range's first row and panel.
template <typename Real, typename Element>
void addStretch(const Product<Real, Element>& p, bool startsAnew, const PanelRange& range, const Panels<Real>& sums) {
  constexpr size_t kNR = Tile<Real>::kNR;
  for (size_t panel = range.panelBegin; panel < range.panelEnd; ++panel) {
    const size_t column = panel * kNR, columns = least(kNR, p.columns - column);
    const Real* from = sums.data + (panel - range.panelBegin) * sums.panelStride;
    Real* c = elementOfC(p, range.rowBegin, column);
    for (size_t row = range.rowBegin; row < range.rowEnd; ++row, from += kNR, c += p.c.rowStride) {
#pragma omp simd
      for (size_t j = 0; j < columns; ++j) c[j] = startsAnew ? from[j] : c[j] + from[j];
    }
  }
}

/// A product of any depth. multiplyStretch(product, range, first, last) sums the terms of a stretch, or of a whole
/// product of up to kLongDepth terms.
template <typename Real, typename Element, typename MultiplyStretch>
inline __attribute__((always_inline)) void multiplyByStretches(const Product<Real, Element>& p, const PanelRange& range,
                                                               MultiplyStretch multiplyStretch) {
  if (p.depth <= kLongDepth) return multiplyStretch(p, range, 0, p.depth);
  constexpr size_t kNR = Tile<Real>::kNR;
  alignas(64) Real memory[kStretchPanels * kStretchRows * kNR];
  const Panels<Real> sums{memory, kStretchRows * kNR, kNR};
  for (size_t first = 0; first < p.depth; first += kStretch) {
    const size_t last = least(first + kStretch, p.depth);
    for (size_t panel = range.panelBegin; panel < range.panelEnd; panel += kStretchPanels)
      for (size_t row = range.rowBegin; row < range.rowEnd; row += kStretchRows) {
        const size_t column = panel * kNR, panels = least(kStretchPanels, range.panelEnd - panel);
        const PanelRange some{row, least(row + kStretchRows, range.rowEnd), panel, panel + panels};
        Product<Real, Element> stretch{p.columns - column, p.depth, p.a, p.b, p.aIsTransposed, p.bIsTransposed, sums};
        stretch.b.data = p.bIsTransposed ? at(p.b, column, 0) : at(p.b, 0, column);
        stretch.firstRow = row;
        multiplyStretch(stretch, {row, some.rowEnd, 0, panels}, first, last);
        addStretch(p, first == 0 && !p.epilogue.accumulates, some, sums);
        for (size_t i = some.panelBegin; last == p.depth && i < some.panelEnd; ++i)
          finishTile(p, row, some.rowEnd - row, i * kNR, least(kNR, p.columns - i * kNR));
      }
  }
}

/// C = the parts in turn, then `bias`, for a range of C; then the product's epilogue.
template <typename Real>
void addParts(const Product<Real, Real>& p, const PartialSums<Real>& sums, const PanelRange& range) {
  constexpr size_t kNR = Tile<Real>::kNR;
  for (size_t panel = range.panelBegin; panel < range.panelEnd; ++panel) {
    const size_t column = panel * kNR, columns = least(kNR, p.columns - column);
    for (size_t row = range.rowBegin; row < range.rowEnd; ++row) {
      Real total[kNR];
      const Real* part = at(sums.parts[0], row, column);
#pragma omp simd
      for (size_t j = 0; j < columns; ++j) total[j] = part[j];
      for (size_t i = 1; i < sums.count; ++i) {
        part = at(sums.parts[i], row, column);
#pragma omp simd
        for (size_t j = 0; j < columns; ++j) total[j] += part[j];
      }
      if (sums.bias) {
#pragma omp simd
        for (size_t j = 0; j < columns; ++j) total[j] += sums.bias[column + j] + Real(0);  // a block's sum is never −0
      }
      Real* const c = elementOfC(p, row, column);
#pragma omp simd
      for (size_t j = 0; j < columns; ++j) c[j] = total[j];
    }
    finishTile(p, range.rowBegin, range.rowEnd - range.rowBegin, column, columns);
  }
}

template <typename Real, typename Element>
void multiply(const Product<Real, Element>& p, const PanelRange& range) {
  multiplyByStretches(p, range, multiplyStretch<Real, Element>);
}

}  // namespace
}  // namespace glissade
