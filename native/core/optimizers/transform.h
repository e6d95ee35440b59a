#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "matrix/team_product.h"
#include "optimizers/clipping.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "parallel/team.h"

namespace glissade {

/// Adafactor's: the variance of an array's elements, as products of means of their rows and columns.
template <typename Real>
class FactoredVariance {
 public:
  explicit FactoredVariance(const std::vector<size_t>& shape);

  /// Takes the gradient of an array into the means. All members of a team do it together, and know the variance
  /// afterwards.
  void observe(const Kernels& kernels, const Member& member, const void* scalars, const GradientClip<Real>& clip,
               const Gradient& gradient, size_t array, Real* rowMeans, Real* columnMeans);

  /// Divides a block of gradients by the root of its variance.
  Scaled<Real> divide(const Kernels& kernels, const ArrayRange& block, const Scaled<Real>& gradient,
                      Real* buffer) const;

 private:
  template <typename Visit>
  void forEachTile(const Member& member, Visit visit) const;
  template <typename Read>
  void observeMatrix(const KernelsOf<Real>& kernels, const Member& member, double newShare, size_t matrix,
                     const Read& gradient, Real* rowMeans, Real* columnMeans);

  Matrices shape_;
  Real most_ = 0;                             // what no factor exceeds
  std::vector<Real> rows_, columns_;          // by matrix: what elements are multiplied with
  std::vector<double> rowSums_, columnSums_;  // by row and tile across; by tile down and column
};

/// Takes a row of the gradient into the one state that a rule has for it; returns what the row is to be multiplied
/// with. `read(begin, end)` gives a part of it.
template <typename Real, typename Read>
Real rowScaleOf(const KernelsOf<Real>& kernels, const Rule<Real>& rule, const void* scalars, size_t columns,
                Real* state, Read read) {
  double squares = 0;
  for (size_t begin = 0; begin < columns; begin += Parameters::kBlock) {
    const size_t end = std::min(columns, begin + Parameters::kBlock);
    const Scaled<Real> part = read(begin, end);
    const auto scale = static_cast<double>(part.scale);
    squares += scale * scale * kernels.squares(part.values, end - begin);
  }
  return rule.rowScale(scalars, squares / static_cast<double>(columns), state);
}

/// Of rules with one state for each row: what rows of the gradient are multiplied with.
template <typename Real>
class RowScales {
 public:
  explicit RowScales(const std::vector<size_t>& shape);

  /// Takes the gradient of an array into the states. All members of a team do it together, and know the scales
  /// afterwards.
  void observe(const Kernels& kernels, const Member& member, const Rule<Real>& rule, const void* scalars,
               const GradientClip<Real>& clip, const Gradient& gradient, size_t array, Real* states);

  /// Multiplies a block of gradients with the scales of its rows.
  Scaled<Real> apply(const Kernels& kernels, const ArrayRange& block, const Scaled<Real>& gradient, Real* buffer) const;

 private:
  size_t columns_;
  std::vector<Real> scales_;  // by row
};

/// Muon's: the nearest orthogonal matrix, nearly, by Newton–Schulz iterations.
template <typename Real>
class Orthogonalization {
 public:
  /// Makes room for such matrices.
  void reserve(const Matrices& shape);

  /// Changes the direction of an array in place. All members of a team do it together, and see all of it afterwards.
  void apply(const Kernels& kernels, const Member& member, const void* scalars, const Matrices& shape, Real* direction);

 private:
  void orthogonalize(const Kernels& kernels, const Member& member, int steps, const Matrices& shape, Real size,
                     Real* m);
  void iterate(const Kernels& kernels, const Member& member, size_t r, size_t c);

  Buffer<Real> x_, next_, gram_, polynomial_;  // as panels
  std::vector<double> rowSquares_;
  Real *current_ = nullptr, *following_ = nullptr;  // X, and where the next one goes
};

}  // namespace glissade
