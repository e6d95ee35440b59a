// Winograd's algorithm for convolutions of stride 1 (Lavin & Gray 2015, arXiv:1509.09308).
//
// A tile of 2 × 2 outputs, y, sees a square of the image, d, through a kernel, g:
//
//   y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A
//
// G, Bᵀ and Aᵀ are small constant matrices. What is multiplied elementwise has P × P numbers, the points. With several
// channels, a point of all tiles is a matrix [tiles × channels], a point of all kernels one of [channels × outputs],
// and ⊙ becomes P² matrix products.
//
//                        points   multiplications of an output   of the plain sum
//   3 × 3, F(2, 3)       4 × 4    4                              9
//   5 × 5, 3 taps and 2  7 × 7    12.25                          25
//
// The second treats a line of the kernel as one of three taps and one of two, F(2, 3) and F(2, 2) with the same
// outputs. It has more points than F(2, 5), which has 6 × 6, but all numbers in Bᵀ and Aᵀ are 0, 1 or −1. Its errors
// are a fifth of those of F(2, 5) with the points 0, 1, −1, ½ and −2, measured over 64 channels.
//
// Gradients are the transposed maps: with δ that of the outputs, points of δ are A δ Aᵀ, the gradient with respect to d
// is B[(G g Gᵀ) ⊙ (A δ Aᵀ)]Bᵀ, and that with respect to g is Gᵀ[(Bᵀ d B) ⊙ (A δ Aᵀ)]G.
//
// Assumes    images, outputs and weights in panels with any strides; points in panels of adjacent rows, which end with
//            room for a whole panel
// Alignment  that of the elements
// Reads      whole vectors of matrices in panels of adjacent rows; elsewhere `columns` columns. Squares that reach
//            beyond the image see zeros there
// Writes     whole vectors of matrices in panels of adjacent rows, whose numbers beyond the last column become
//            arbitrary; elsewhere `columns` columns. Nothing outside the image
// Order      a position's gradient adds the tiles that see it in turn
#pragma once

#include "layers/formulas/columns.h"

namespace glissade {
namespace {

template <int kRows, int kColumns>
struct Coefficients {
  float at[kRows][kColumns];
};

template <int kRows, int kColumns>
constexpr Coefficients<kColumns, kRows> transposed(const Coefficients<kRows, kColumns>& m) {
  Coefficients<kColumns, kRows> result{};
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kColumns; ++j) result.at[j][i] = m.at[i][j];
  return result;
}

constexpr size_t kTileSide = 2;

struct Winograd3 {
  static constexpr Coefficients<4, 4> image{{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}}};  // Bᵀ
  static constexpr Coefficients<4, 3> weights{{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}};        // G
  static constexpr Coefficients<2, 4> output{{{1, 1, 1, 0}, {0, 1, -1, -1}}};                              // Aᵀ
  static constexpr auto imageGradient = transposed(image);
  static constexpr auto weightGradient = transposed(weights);
  static constexpr auto outputGradient = transposed(output);
};

struct Winograd5 {
  static constexpr Coefficients<7, 6> image{{{1, 0, -1, 0, 0, 0},
                                             {0, 1, 1, 0, 0, 0},
                                             {0, -1, 1, 0, 0, 0},
                                             {0, 1, 0, -1, 0, 0},
                                             {0, 0, 0, 1, -1, 0},
                                             {0, 0, 0, 0, 1, 0},
                                             {0, 0, 0, 0, 1, -1}}};
  static constexpr Coefficients<7, 5> weights{{{1, 0, 0, 0, 0},
                                               {.5, .5, .5, 0, 0},
                                               {.5, -.5, .5, 0, 0},
                                               {0, 0, 1, 0, 0},
                                               {0, 0, 0, 1, 0},
                                               {0, 0, 0, 1, 1},
                                               {0, 0, 0, 0, 1}}};
  static constexpr Coefficients<2, 7> output{{{1, 1, 1, 0, 1, 1, 0}, {0, 1, -1, -1, 0, 1, -1}}};
  static constexpr auto imageGradient = transposed(image);
  static constexpr auto weightGradient = transposed(weights);
  static constexpr auto outputGradient = transposed(output);
};

template <int i>
struct Index {
  static constexpr int value = i;
};

/// Calls visit(Index<i>) for i < kCount, unrolled.
template <int kCount, int i = 0, typename Visit>
inline __attribute__((always_inline)) void unrolled(Visit visit) {
  if constexpr (i < kCount) {
    visit(Index<i>{});
    unrolled<kCount, i + 1>(visit);
  }
}

/// The first positive number of a row; or, where there is none, its first number that is not 0.
template <int kRows, int kColumns>
constexpr int leading(const Coefficients<kRows, kColumns>& m, int row) {
  for (int k = 0; k < kColumns; ++k)
    if (m.at[row][k] > 0) return k;
  for (int k = 0; k < kColumns; ++k)
    if (m.at[row][k] != 0) return k;
  return 0;
}

/// Σₖ m[kRow][k]·x[k] by the terms that are not 0: first the leading one, then the others in turn.
template <const auto& m, int kRow, typename Vector, int kColumns>
inline __attribute__((always_inline)) Vector combined(const Vector (&x)[kColumns]) {
  constexpr int kFirst = leading(m, kRow);
  using Real = __typeof__(x[0][0] + x[0][0]);
  constexpr auto a = static_cast<Real>(m.at[kRow][kFirst]);
  Vector sum = a == 1 ? x[kFirst] : a == -1 ? -x[kFirst] : a * x[kFirst];
  unrolled<kColumns>([&](auto k) __attribute__((always_inline)) {
    constexpr auto c = static_cast<Real>(m.at[kRow][k.value]);
    if constexpr (k.value != kFirst && c == 1)
      sum = sum + x[k.value];
    else if constexpr (k.value != kFirst && c == -1)
      sum = sum - x[k.value];
    else if constexpr (k.value != kFirst && c != 0)
      sum = sum + c * x[k.value];
  });
  return sum;
}

template <int kRows, int kColumns>
constexpr int rowsOf(const Coefficients<kRows, kColumns>&) {
  return kRows;
}
template <int kRows, int kColumns>
constexpr int columnsOf(const Coefficients<kRows, kColumns>&) {
  return kColumns;
}

/// Where the numbers of a tile are in a matrix: the row of its first number, and how many rows the next line and the
/// next column are away. Its lines and columns may be outside the image.
template <int kSide>
struct Square {
  size_t first, lineStep, columnStep;
  bool isWhole, hasLine[kSide], hasColumn[kSide];

  bool has(int j, int k) const { return hasLine[j] && hasColumn[k]; }
  size_t row(int j, int k) const {
    return first + static_cast<size_t>(j) * lineStep + static_cast<size_t>(k) * columnStep;
  }
};

/// The squares of an image, or of the outputs: calls visit(square, row of points) for the tiles of the range.
template <int kSide, typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachSquare(const WinogradRows<Real>& p, size_t height, size_t width,
                                                         size_t top, size_t left, Visit visit) {
  const size_t across = (p.windows.outputWidth + kTileSide - 1) / kTileSide;
  const size_t down = (p.windows.outputHeight + kTileSide - 1) / kTileSide;
  for (size_t tile = p.begin; tile < p.end; ++tile) {
    const size_t line = tile / across, example = line / down;
    const size_t y = line % down * kTileSide - top, x = tile % across * kTileSide - left;  // modulo 2^64
    Square<kSide> square;
    square.first = (example * height + y) * width + x;
    square.lineStep = width;
    square.columnStep = 1;
    square.isWhole = y < height && y + kSide <= height && x < width && x + kSide <= width;
    for (int i = 0; i < kSide; ++i) {
      square.hasLine[i] = y + static_cast<size_t>(i) < height;
      square.hasColumn[i] = x + static_cast<size_t>(i) < width;
    }
    visit(square, tile - p.begin);
  }
}

/// A vector of a matrix that has `count` < kLanes columns from there on, or the whole vector (kWhole).
template <typename Real, bool kWhole>
struct Lanes {
  using T = Tile<Real>;
  using Vector = typename T::Vector;
  using Unaligned = typename T::Unaligned;
  size_t count;

  Vector load(const Real* from) const {
    if constexpr (kWhole) return *reinterpret_cast<const Unaligned*>(from);
    Real values[T::kLanes] = {};
    copyFew<T::kLanes / 2>(from, count, values);
    return *reinterpret_cast<const Unaligned*>(values);
  }
  void store(const Vector& x, Real* to) const {
    if constexpr (kWhole) {
      *reinterpret_cast<Unaligned*>(to) = x;
    } else {
      Real values[T::kLanes];
      *reinterpret_cast<Unaligned*>(values) = x;
      copyFew<T::kLanes / 2>(values, count, to);
    }
  }
};

/// Calls visit(column, lanes) for each vector of a matrix.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachVector(size_t columns, size_t rowStride, Visit visit) {
  constexpr size_t kLanes = Tile<Real>::kLanes;
  for (size_t column = 0; column < columns; column += kLanes)
    if (column + kLanes <= columns || rowStride == kPanelWidth<Real>)
      visit(column, Lanes<Real, true>{kLanes});
    else
      visit(column, Lanes<Real, false>{columns - column});
}

/// points ← m·x·mᵀ of a square x, for a vector of its columns.
template <const auto& m, bool kSquareIsWhole, typename Real, int kSide, typename Lanes>
inline __attribute__((always_inline)) void squareToPoints(const WinogradRows<Real>& p, const Square<kSide>& square,
                                                          size_t row, size_t column, const Lanes& lanes) {
  constexpr int kPoints = rowsOf(m);
  using Vector = typename Tile<Real>::Vector;
  const size_t rowStride = p.image.rowStride;
  const Real* const from = at(p.image, 0, column);
  // The positions that the tile below sees first. The loads of the next tiles would wait for this one's many stores.
  for (int j = 0; j < static_cast<int>(kTileSide); ++j)
    for (int k = 0; k < static_cast<int>(kTileSide); ++k)
      __builtin_prefetch(from + square.row(kSide + j, k) * rowStride);
  Vector half[kPoints][kSide];
  unrolled<kSide>([&](auto k) __attribute__((always_inline)) {
    Vector x[kSide];
    unrolled<kSide>([&](auto j) __attribute__((always_inline)) {
      x[j.value] = kSquareIsWhole || square.has(j.value, k.value)
                       ? lanes.load(from + square.row(j.value, k.value) * rowStride)
                       : Vector{};
    });
    unrolled<kPoints>([&](auto i) __attribute__((always_inline)) { half[i.value][k.value] = combined<m, i.value>(x); });
  });
  Real* const to = at(p.points, row, column);
  const auto write = [&](auto isAll) __attribute__((always_inline)) {
    unrolled<kPoints>([&](auto i) __attribute__((always_inline)) {
      unrolled<kPoints>([&](auto j) __attribute__((always_inline)) {
        constexpr size_t kPoint = i.value * kPoints + j.value;
        if (isAll.value || (kPoint >= p.pointBegin && kPoint < p.pointEnd))
          *reinterpret_cast<typename Tile<Real>::Unaligned*>(to + (kPoint - p.pointBegin) * p.pointStride) =
              combined<m, j.value>(half[i.value]);
      });
    });
  };
  if (p.pointEnd - p.pointBegin == size_t{kPoints} * kPoints)
    write(Index<1>{});
  else
    write(Index<0>{});
}

/// Calls visit(i, j, (m·X·mᵀ)ᵢⱼ) for a vector of the points X of a tile.
template <const auto& m, typename Real, typename Visit>
inline __attribute__((always_inline)) void fromPointsOf(const WinogradRows<Real>& p, size_t row, size_t column,
                                                        Visit visit) {
  constexpr int kPoints = columnsOf(m), kSide = rowsOf(m);
  using Vector = typename Tile<Real>::Vector;
  const Real* const from = at(p.points, row, column);
  Vector half[kSide][kPoints];
  unrolled<kPoints>([&](auto j) __attribute__((always_inline)) {
    Vector x[kPoints];
    unrolled<kPoints>([&](auto i) __attribute__((always_inline)) {
      x[i.value] = *reinterpret_cast<const typename Tile<Real>::Unaligned*>(
          from + static_cast<size_t>(i.value * kPoints + j.value) * p.pointStride);
    });
    unrolled<kSide>([&](auto i) __attribute__((always_inline)) { half[i.value][j.value] = combined<m, i.value>(x); });
  });
  unrolled<kSide>([&](auto i) __attribute__((always_inline)) {
    unrolled<kSide>([&](auto j) __attribute__((always_inline)) { visit(i, j, combined<m, j.value>(half[i.value])); });
  });
}

/// Points of squares of the image (m = Bᵀ) or of the gradient of outputs (m = A).
template <const auto& m, typename Real>
void toPoints(const WinogradRows<Real>& p) {
  constexpr int kSide = columnsOf(m);
  constexpr bool isOutput = kSide == kTileSide;
  const Windows& w = p.windows;
  forEachSquare<kSide>(p, isOutput ? w.outputHeight : w.height, isOutput ? w.outputWidth : w.width,
                       isOutput ? 0 : w.top, isOutput ? 0 : w.left, [&](const Square<kSide>& square, size_t row) {
                         forEachVector<Real>(p.columns, p.image.rowStride, [&](size_t column, const auto& lanes) {
                           if (square.isWhole)
                             squareToPoints<m, true>(p, square, row, column, lanes);
                           else
                             squareToPoints<m, false>(p, square, row, column, lanes);
                         });
                       });
}

/// outputs ← Aᵀ·X·A + bias
template <const auto& m, typename Real>
void fromPoints(const WinogradRows<Real>& p) {
  constexpr int kSide = rowsOf(m);
  const Windows& w = p.windows;
  forEachSquare<kSide>(p, w.outputHeight, w.outputWidth, 0, 0, [&](const Square<kSide>& square, size_t row) {
    forEachVector<Real>(p.columns, p.image.rowStride, [&](size_t column, const auto& lanes) {
      using Vector = typename Tile<Real>::Vector;
      const size_t count = leastOf(Tile<Real>::kLanes, p.columns - column);
      const Vector bias = !p.bias                       ? Vector{}
                          : count == Tile<Real>::kLanes ? Lanes<Real, true>{count}.load(p.bias + column)
                                                        : Lanes<Real, false>{count}.load(p.bias + column);
      fromPointsOf<m>(
          p, row, column, [&](auto i, auto j, const Vector& y) __attribute__((always_inline)) {
            if (square.isWhole || square.has(i.value, j.value))
              lanes.store(y + bias, at(p.image, 0, column) + square.row(i.value, j.value) * p.image.rowStride);
          });
    });
  });
}

/// Adds B·X·Bᵀ to the gradient of squares of the image.
template <const auto& m, typename Real>
void addFromPoints(const WinogradRows<Real>& p) {
  constexpr int kSide = rowsOf(m);
  const Windows& w = p.windows;
  forEachSquare<kSide>(p, w.height, w.width, w.top, w.left, [&](const Square<kSide>& square, size_t row) {
    forEachVector<Real>(p.columns, p.image.rowStride, [&](size_t column, const auto& lanes) {
      using Vector = typename Tile<Real>::Vector;
      fromPointsOf<m>(
          p, row, column, [&](auto i, auto j, const Vector& x) __attribute__((always_inline)) {
            if (!square.isWhole && !square.has(i.value, j.value)) return;
            Real* const to = at(p.image, 0, column) + square.row(i.value, j.value) * p.image.rowStride;
            lanes.store(lanes.load(to) + x, to);
          });
    });
  });
}

/// Points of the kernels of some channels, G g Gᵀ: row c of each point's matrix, and column c of the transposed ones.
template <const auto& m, typename Real>
void weightsToPoints(const WinogradRows<Real>& p) {
  constexpr int kPoints = rowsOf(m), kSide = columnsOf(m);
  Square<kSide> square{};
  square.lineStep = kSide * p.channels;
  square.columnStep = p.channels;
  square.isWhole = true;
  for (size_t channel = p.begin; channel < p.end; ++channel) {
    square.first = channel;
    forEachVector<Real>(p.columns, p.image.rowStride, [&](size_t column, const auto& lanes) {
      squareToPoints<m, true>(p, square, channel, column, lanes);
      if (!p.transposed.data) return;
      for (size_t i = 0; i < size_t{kPoints} * kPoints; ++i)
        for (size_t j = 0; j < lanes.count; ++j)
          *(at(p.transposed, column + j, channel) + i * p.transposedStride) =
              *(at(p.points, channel, column + j) + i * p.pointStride);
    });
  }
}

/// Rows of the gradient of kernels, Gᵀ·X·G.
template <const auto& m, typename Real>
void weightsFromPoints(const WinogradRows<Real>& p) {
  constexpr size_t kSide = rowsOf(m);
  for (size_t channel = p.begin; channel < p.end; ++channel)
    forEachVector<Real>(p.columns, p.image.rowStride, [&](size_t column, const auto& lanes) {
      using Vector = typename Tile<Real>::Vector;
      fromPointsOf<m>(
          p, channel, column, [&](auto i, auto j, const Vector& x) __attribute__((always_inline)) {
            const size_t row = (i.value * kSide + j.value) * p.channels + channel;
            if (row >= p.rowBegin && row < p.rowEnd) lanes.store(x, at(p.image, row - p.rowBegin, column));
          });
    });
}

}  // namespace
}  // namespace glissade
