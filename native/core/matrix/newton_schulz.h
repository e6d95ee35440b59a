#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "matrix/arena.h"
#include "matrix/matrix.h"
#include "matrix/team_algebra.h"

namespace glissade {

/// Newton–Schulz iterations, X ← aX + (bXXᵀ + c(XXᵀ)²)X. They take singular values in (0, 1] to near 1, and so X to
/// near the orthogonal matrix that is nearest to it. These coefficients do so in few iterations (Jordan et al. 2024).
///
/// X is the matrix or its transpose, with no more rows than columns, so that XXᵀ is the smaller of XXᵀ and XᵀX.
template <typename Real>
class NewtonSchulz {
 public:
  /// Takes memory for a matrix of this size.
  NewtonSchulz(Arena& arena, size_t panelWidth, size_t rows, size_t columns)
      : rows_(rows), columns_(columns), rowSquares_(arena.template take<double>(rows)) {
    const size_t r = std::min(rows, columns), c = std::max(rows, columns);
    x_ = {arena, panelWidth, r, c}, next_ = {arena, panelWidth, r, c};
    gram_ = {arena, panelWidth, r, r}, polynomial_ = {arena, panelWidth, r, r};
    if (sizeof(Real) != sizeof(float)) return;
    x_.rounded = next_.rounded = {arena, panelWidth, r, c, Pairing::both};
    gram_.rounded = polynomial_.rounded = {arena, panelWidth, r, r, Pairing::columns};
  }

  /// Replaces a row-major matrix by its orthogonal matrix times `factor`. All members of the team call this together.
  void orthogonalize(const TeamAlgebra<Real>& algebra, Real* matrix, int iterations, double factor) {
    constexpr double kLeastNorm = 1e-7;
    constexpr Real kA = Real(3.4445), kB = Real(-4.775), kC = Real(2.0315);
    const double norm = std::sqrt(algebra.squares(matrix, rows_, columns_, rowSquares_));
    algebra.pack(Real(1 / std::max(norm, kLeastNorm)), matrix, inShape(x_));
    for (int i = 0; i < iterations; ++i) {
      algebra.gram(x_, gram_);
      algebra.gram(gram_, polynomial_);
      algebra.blend(kB, gram_, kC, polynomial_);
      algebra.multiply(polynomial_, x_, next_);
      algebra.blend(kA, x_, 1, next_);
      std::swap(x_, next_);
    }
    algebra.unpack(Real(factor), inShape(x_), 0, matrix);
  }

 private:
  Matrix<Real> inShape(const Matrix<Real>& matrix) const { return rows_ > columns_ ? transposed(matrix) : matrix; }

  size_t rows_, columns_;
  double* rowSquares_;
  Matrix<Real> x_, next_, gram_, polynomial_;
};

}  // namespace glissade
