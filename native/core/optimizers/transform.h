#pragma once

#include <cstddef>
#include <memory>

#include "arch/kernels.h"
#include "optimizers/parameters.h"
#include "parallel/team.h"

namespace glissade {

/// What a rule does to a direction as a whole, between its elementwise parts. All members of a team call it together.
template <typename Real>
class MatrixTransform {
 public:
  virtual ~MatrixTransform() = default;

  /// Makes room for such matrices.
  virtual void reserve(const Matrices& shape) = 0;

  /// Changes the direction of an array in place; its members see all of it afterwards.
  virtual void apply(const Kernels& kernels, const Member& member, const void* scalars, const Matrices& shape,
                     Real* direction, Real* const* states) = 0;
};

/// Adafactor's: divides by the root of the factored variance, which it keeps in row and column means.
template <typename Real>
std::unique_ptr<MatrixTransform<Real>> makeFactored();

/// Muon's: the nearest orthogonal matrix, nearly, by Newton–Schulz iterations.
template <typename Real>
std::unique_ptr<MatrixTransform<Real>> makeOrthogonal();

}  // namespace glissade
