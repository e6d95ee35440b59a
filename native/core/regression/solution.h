#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"

namespace glissade {

/// The solution of a least-squares problem.
struct Solution {
  std::vector<double> coefficients;
  std::vector<double> means;  // of the columns and the target, less the centre; zeros without an intercept
  size_t rank;
  double condition;  // the largest singular value of the centred columns over the smallest one above the cutoff
};

/// Minimises ‖y − Xb‖² + penalty · ‖b‖², given the factor of FactorWork. Without a penalty, it is the solution of
/// minimum norm: singular values below 8 · columns · ε of the largest one count as zeros.
Solution solve(const Kernels& kernels, const double* factor, size_t size, bool hasIntercept, double penalty);

/// Cholesky's factor R of H = RᵀR, row by row, for a symmetric positive definite H of which the upper triangle is
/// given. The lower triangle is left as it is. Returns nothing if H is not positive definite in floating point.
std::vector<double> definiteFactor(std::vector<double> matrix, size_t size);

}  // namespace glissade
