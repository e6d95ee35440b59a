#pragma once

#include <memory>

#include "training/minibatch.h"

namespace glissade {

/// What is to be found beside the mean loss.
template <typename Real>
struct Derivatives {
  Real* gradient;                   // parameterCount() numbers; of statistics, 0
  const Real* direction = nullptr;  // of a Hessian-vector product, or none
  Real* product = nullptr;          // the Hessian times the direction
};

/// As it is evaluated, a few rows at a time; or as it is trained, all rows as one minibatch, with random numbers of a
/// seed.
struct Manner {
  Mode mode = Mode::evaluation;
  uint64_t seed = 0;
};

/// The mean loss over a dataset and its derivatives with respect to all parameters, while the caller waits. The
/// Hessian-vector product is the derivative of the gradient along the direction (Pearlmutter 1994): the same passes,
/// with tangents.
template <typename Real>
double differentiate(const std::shared_ptr<const Network<Real>>& network, const Real* parameters, const Dataset& data,
                     const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives);

}  // namespace glissade
