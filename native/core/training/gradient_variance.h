#pragma once

#include <memory>

#include "training/minibatch.h"

namespace glissade {

/// What there is to know of the gradients of single examples together.
struct GradientSpread {
  double loss;   // the mean
  double total;  // the mean of ‖gᵢ − ḡ‖²: the sum of the variances of all parameters
};

/// The mean ḡ of the gradients of single examples over a dataset, and their variance, parameter by parameter: with
/// weights as in the mean loss, Σ wᵢgᵢ / Σ wᵢ and Σ wᵢ(gᵢ − ḡ)² / Σ wᵢ. As the network is evaluated, while the caller
/// waits. Both have parameterCount() numbers; those of statistics are 0.
template <typename Real>
GradientSpread gradientVariance(const std::shared_ptr<const Network<Real>>& network, const Real* parameters,
                                const Dataset& data, const Scoring& scoring, Real* gradient, Real* variance);

}  // namespace glissade
