#pragma once

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

/// Adafactor's transform: divides by the root of a variance that is a product of means by row and by column.
template <typename Real>
class FactoredVariance {
 public:
  explicit FactoredVariance(const std::vector<size_t>& shape);

  /// Updates the means from the gradient of an array. All members of a team call this together. A barrier
  /// precedes the return.
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
  Real most_ = 0;                             // upper bound of the factors
  std::vector<Real> rows_, columns_;          // by matrix and row or column: factors of elements
  std::vector<double> rowSums_, columnSums_;  // by row and rectangle across; by rectangle down and column
};

/// The factors of the gradient's rows, for rules with one state by row.
template <typename Real>
class RowScales {
 public:
  explicit RowScales(const std::vector<size_t>& shape);

  /// Updates the states from the gradient of an array. All members of a team call this together. A barrier
  /// precedes the return.
  void observe(const Kernels& kernels, const Member& member, const Rule<Real>& rule, const void* scalars,
               const GradientClip<Real>& clip, const Gradient& gradient, size_t array, Real* states);

  /// Multiplies a block of gradients by the factors of its rows.
  Scaled<Real> apply(const Kernels& kernels, const ArrayRange& block, const Scaled<Real>& gradient, Real* buffer) const;

 private:
  size_t columns_;
  std::vector<Real> scales_;  // by row
};

/// Muon's transform: approximately the nearest orthogonal matrix, by Newton–Schulz iterations. Their products take
/// factors as they are, or rounded to bfloat16.
template <typename Real>
class Orthogonalization {
 public:
  void reserve(const Matrices& shape);

  /// Transforms the direction of an array in place. All members of a team call this together; it is complete then.
  void apply(const Kernels& kernels, const Member& member, const void* scalars, const Matrices& shape, Real* direction);

 private:
  void orthogonalize(const Kernels& kernels, const Member& member, int steps, bool isRounded, const Matrices& shape,
                     Real size, Real* m);
  template <typename Element>
  void iterate(const Kernels& kernels, const Member& member, size_t r, size_t c);
  template <typename Element>
  const Element* factor(const Kernels& kernels, const Member& member, const Real* values, size_t r, size_t columns,
                        Buffer<Pair>& pairs);
  template <typename Element>
  const Element* secondFactor(const Kernels& kernels, const Member& member, const Real* values, size_t r,
                              size_t columns);

  Buffer<Real> x_, next_, gram_, polynomial_;      // as panels
  Buffer<Pair> xColumns_, squareColumns_, xRows_;  // the same, rounded; of an r × r matrix
  std::vector<double> rowSquares_;
  Real *current_ = nullptr, *following_ = nullptr;  // X, and where the next X is written
};

}  // namespace glissade
