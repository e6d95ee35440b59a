// The kernels of exact linear models, which units/regression.cpp fills in.
#pragma once

#include <cstddef>

namespace glissade {

/// Rows of a design, column by column: element (i, j) is at numbers[j * stride + i].
struct DesignBlock {
  double* numbers;
  size_t rows, columns, stride;
};

/// The rows that a column of a block has at most: first + step · column. A dense block has first = rows, step = 0; a
/// triangular one has first = 1, step = 1.
struct BlockShape {
  size_t first, step;
};

/// The rows that are transposed at a time: a cache line of each column.
constexpr size_t kTransposedRows = 8;

/// regression/formulas.h
struct RegressionKernels {
  /// Writes kTransposedRows rows, of which element (i, j) is at rows[i * stride + j], as columns.
  void (*transpose)(const double* rows, size_t stride, size_t columns, double* to, size_t toStride);
  /// R ← the triangular factor of [R; B]. R is row-major, columns × columns. Overwrites B.
  void (*addToFactor)(const DesignBlock& block, const BlockShape& shape, double* factor);
  /// G ← G + AᵀB for blocks of the same rows. G is row-major, columns of A × columns of B; with `upper`, only elements
  /// on and above the diagonal need be right.
  void (*addProducts)(const DesignBlock& a, const DesignBlock& b, bool upper, double* gram);
  /// z ← B·c, for several vectors c: z[k * B.stride + i] ← Σ_j B(i, j) · coefficients[j * count + k].
  void (*multiply)(const DesignBlock& block, const double* coefficients, size_t count, double* products);
  /// One sweep of one-sided Jacobi rotations over the columns of a matrix of `rows` rows, and the same rotations of the
  /// columns of V. Returns the number of rotations.
  size_t (*rotate)(const DesignBlock& matrix, const DesignBlock& vectors, double tolerance);
};

}  // namespace glissade
