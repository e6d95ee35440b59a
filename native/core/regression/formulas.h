// The loops of exact linear models, in double. Blocks are stored column by column.
//
// Assumes    columns begin at any multiple of 8 bytes; strides ≥ rows
// Order      a dot product adds lane j of a vector: terms j, j + lanes, …; then it adds the upper half of the lanes to
//            the lower one until one is left; then the rest
#pragma once

#include <math.h>

#include <cstddef>

#include "kernels/regression_kernels.h"
#include "matrix/packing.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

using Lanes = Tile<double>;

[[maybe_unused]] inline Lanes::Vector lanesAt(const double* from) {
  return *reinterpret_cast<const Lanes::Unaligned*>(from);
}

/// sums[i] ← the sum of the lanes of the i-th vector. Overwrites the vectors.
template <int kCount>
inline void sumLanes(Lanes::Vector (&vectors)[kCount], double (&sums)[kCount]) {
  constexpr int kLanes = Lanes::kLanes;
  constexpr int kTogether = kCount / kLanes * kLanes;
  for (int first = 0; first < kTogether; first += kLanes) {
    Lanes::Vector* const x = vectors + first;
    for (int half = kLanes / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) {
        Lanes::Vector lower, upper;
        interleave<kLanes>(x[i], x[i + half], lower, upper);
        x[i] = lower + upper;
      }
    *reinterpret_cast<Lanes::Unaligned*>(sums + first) = *x;
  }
  for (int i = kTogether; i < kCount; ++i) {
    for (int half = kLanes / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) vectors[i][lane] += vectors[i][lane + half];
    sums[i] = vectors[i][0];
  }
}

void transposeRows(const double* rows, size_t stride, size_t columns, double* to, size_t toStride) {
  constexpr size_t kLanes = Lanes::kLanes;
  size_t j = 0;
  for (; j + kLanes <= columns; j += kLanes)
    for (size_t i = 0; i < kTransposedRows; i += kLanes)
      transposeSquare(rows + i * stride + j, stride, to + j * toStride + i, toStride);
  for (; j < columns; ++j)
    for (size_t i = 0; i < kTransposedRows; ++i) to[j * toStride + i] = rows[i * stride + j];
}

/// sums[a][b] ← the dot product of column a of `left` and column b of `right`.
template <int kLeft, int kRight>
inline void dotProducts(const double* const (&left)[kLeft], const double* const (&right)[kRight], size_t rows,
                        double (&sums)[kLeft][kRight]) {
  Lanes::Vector lanes[kLeft * kRight] = {};
  size_t i = 0;
  for (; i + Lanes::kLanes <= rows; i += Lanes::kLanes) {
    Lanes::Vector x[kLeft];
    for (int a = 0; a < kLeft; ++a) x[a] = lanesAt(left[a] + i);
    for (int b = 0; b < kRight; ++b) {
      const Lanes::Vector y = lanesAt(right[b] + i);
      for (int a = 0; a < kLeft; ++a) lanes[a * kRight + b] += x[a] * y;
    }
  }
  double sumsOfLanes[kLeft * kRight];
  sumLanes(lanes, sumsOfLanes);
  for (int a = 0; a < kLeft; ++a)
    for (int b = 0; b < kRight; ++b) {
      sums[a][b] = sumsOfLanes[a * kRight + b];
      for (size_t k = i; k < rows; ++k) sums[a][b] += left[a][k] * right[b][k];
    }
}

[[maybe_unused]] inline double dotProduct(const double* x, const double* y, size_t rows) {
  double sums[1][1];
  dotProducts<1, 1>({x}, {y}, rows, sums);
  return sums[0][0];
}

/// Applies the reflection I − τ[1; v][1; v]ᵀ to `kCount` columns, each with its number in the factor's row.
template <int kCount>
inline void reflect(const double* v, double tau, size_t rows, double* const (&columns)[kCount], double* row) {
  double sums[1][kCount], scaled[kCount];
  const double* read[kCount];
  for (int c = 0; c < kCount; ++c) read[c] = columns[c];
  dotProducts<1, kCount>({v}, read, rows, sums);
  for (int c = 0; c < kCount; ++c) {
    scaled[c] = tau * (row[c] + sums[0][c]);
    row[c] -= scaled[c];
  }
  size_t i = 0;
  for (; i + Lanes::kLanes <= rows; i += Lanes::kLanes) {
    const Lanes::Vector x = lanesAt(v + i);
    for (int c = 0; c < kCount; ++c)
      *reinterpret_cast<Lanes::Unaligned*>(columns[c] + i) = lanesAt(columns[c] + i) - scaled[c] * x;
  }
  for (; i < rows; ++i)
    for (int c = 0; c < kCount; ++c) columns[c][i] -= scaled[c] * v[i];
}

/// Householder reflections that bring the rows of a block into a triangular factor (Golub & Van Loan 2013, algorithm
/// 5.2.1, with the rows above the block already triangular).
void addToFactor(const DesignBlock& block, const BlockShape& shape, double* factor) {
  constexpr size_t kAtOnce = 4;
  const size_t columns = block.columns;
  for (size_t k = 0; k < columns; ++k) {
    const size_t most = shape.first + shape.step * k, rows = most < block.rows ? most : block.rows;
    double* const v = block.numbers + k * block.stride;
    double* const row = factor + k * columns;
    const double below = dotProduct(v, v, rows);
    if (below == 0) continue;
    const double alpha = row[k], length = sqrt(alpha * alpha + below);
    const double beta = alpha > 0 ? -length : length, tau = (beta - alpha) / beta, scale = 1 / (alpha - beta);
    for (size_t i = 0; i < rows; ++i) v[i] *= scale;
    row[k] = beta;
    size_t j = k + 1;
    for (; j + kAtOnce <= columns; j += kAtOnce) {
      double* const at = block.numbers + j * block.stride;
      reflect<kAtOnce>(v, tau, rows, {at, at + block.stride, at + 2 * block.stride, at + 3 * block.stride}, row + j);
    }
    for (; j < columns; ++j) reflect<1>(v, tau, rows, {block.numbers + j * block.stride}, row + j);
  }
}

/// Adds the dot products of kLeft columns of A and all columns of B from `from` on.
template <int kLeft>
inline void addRowsOfProducts(const DesignBlock& a, size_t i, const DesignBlock& b, size_t from, double* gram) {
  constexpr size_t kRight = Lanes::kVectorBytes == 64 ? 4 : 2;  // accumulators: 4 × 4 of 32 registers, else 4 × 2 of 16
  const double* left[kLeft];
  for (int x = 0; x < kLeft; ++x) left[x] = a.numbers + (i + static_cast<size_t>(x)) * a.stride;
  size_t j = from;
  for (; j + kRight <= b.columns; j += kRight) {
    const double* right[kRight];
    for (size_t y = 0; y < kRight; ++y) right[y] = b.numbers + (j + y) * b.stride;
    double sums[kLeft][kRight];
    dotProducts<kLeft, static_cast<int>(kRight)>(left, right, a.rows, sums);
    for (int x = 0; x < kLeft; ++x)
      for (size_t y = 0; y < kRight; ++y) gram[(i + static_cast<size_t>(x)) * b.columns + j + y] += sums[x][y];
  }
  for (; j < b.columns; ++j) {
    double sums[kLeft][1];
    dotProducts<kLeft, 1>(left, {b.numbers + j * b.stride}, a.rows, sums);
    for (int x = 0; x < kLeft; ++x) gram[(i + static_cast<size_t>(x)) * b.columns + j] += sums[x][0];
  }
}

void addProducts(const DesignBlock& a, const DesignBlock& b, bool upper, double* gram) {
  constexpr size_t kLeft = 4;
  size_t i = 0;
  for (; i + kLeft <= a.columns; i += kLeft) addRowsOfProducts<kLeft>(a, i, b, upper ? i : 0, gram);
  for (; i < a.columns; ++i) addRowsOfProducts<1>(a, i, b, upper ? i : 0, gram);
}

void multiplyBlock(const DesignBlock& block, const double* coefficients, size_t count, double* products) {
  for (size_t k = 0; k < count; ++k) {
    double* const z = products + k * block.stride;
    for (size_t i = 0; i < block.rows; ++i) z[i] = 0;
  }
  constexpr size_t kAtOnce = 4;  // columns that share a pass over z
  size_t j = 0;
  for (; j + kAtOnce <= block.columns; j += kAtOnce) {
    const double* const x = block.numbers + j * block.stride;
    for (size_t k = 0; k < count; ++k) {
      double* const z = products + k * block.stride;
      const double* const c = coefficients + j * count + k;
      const double c0 = c[0], c1 = c[count], c2 = c[2 * count], c3 = c[3 * count];
#pragma omp simd
      for (size_t i = 0; i < block.rows; ++i)
        z[i] += ((c0 * x[i] + c1 * x[block.stride + i]) + c2 * x[2 * block.stride + i]) + c3 * x[3 * block.stride + i];
    }
  }
  for (; j < block.columns; ++j) {
    const double* const x = block.numbers + j * block.stride;
    for (size_t k = 0; k < count; ++k) {
      double* const z = products + k * block.stride;
      const double c = coefficients[j * count + k];
#pragma omp simd
      for (size_t i = 0; i < block.rows; ++i) z[i] += c * x[i];
    }
  }
}

/// x ← c·x − s·y, y ← s·x + c·y.
[[maybe_unused]] inline void rotatePair(double* x, double* y, size_t rows, double c, double s) {
#pragma omp simd
  for (size_t i = 0; i < rows; ++i) {
    const double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/// One-sided Jacobi (Hestenes 1958; Demmel & Veselić 1992): makes columns orthogonal, the longer one of a pair first.
size_t rotateColumns(const DesignBlock& matrix, const DesignBlock& vectors, double tolerance) {
  size_t rotations = 0;
  for (size_t p = 0; p + 1 < matrix.columns; ++p)
    for (size_t q = p + 1; q < matrix.columns; ++q) {
      double* const x = matrix.numbers + p * matrix.stride;
      double* const y = matrix.numbers + q * matrix.stride;
      double sums[2][2];
      dotProducts<2, 2>({x, y}, {x, y}, matrix.rows, sums);
      const double ofX = sums[0][0], ofY = sums[1][1], both = sums[0][1];
      if (!(fabs(both) > tolerance * sqrt(ofX) * sqrt(ofY))) {
        if (ofX >= ofY) continue;
        rotatePair(x, y, matrix.rows, 0, -1);  // puts the longer column first
        rotatePair(vectors.numbers + p * vectors.stride, vectors.numbers + q * vectors.stride, vectors.rows, 0, -1);
        continue;
      }
      const double zeta = (ofY - ofX) / (2 * both);
      const double t = (zeta > 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
      double c = 1 / sqrt(1 + t * t), s = c * t;
      if (ofY > ofX) {  // the other rotation that makes them orthogonal
        const double old = c;
        c = s;
        s = -old;
      }
      rotatePair(x, y, matrix.rows, c, s);
      rotatePair(vectors.numbers + p * vectors.stride, vectors.numbers + q * vectors.stride, vectors.rows, c, s);
      ++rotations;
    }
  return rotations;
}

}  // namespace
}  // namespace glissade
