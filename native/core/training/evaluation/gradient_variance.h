#pragma once

#include <memory>

#include "training/steps/minibatch.h"

namespace glissade {

/// Statistics over the gradients of single examples.
struct GradientSpread {
  double loss;   // the mean loss
  double total;  // the mean of ‖gᵢ − ḡ‖²: the sum of the variances of all parameters
};

/// Writes the mean ḡ = Σ wᵢgᵢ / Σ wᵢ of the gradients of single examples, and their variance Σ wᵢ(gᵢ − ḡ)² / Σ wᵢ, for
/// each parameter. The weights are those of the mean loss. The network is in evaluation mode. The caller waits.
/// `gradient` and `variance` have parameterCount() numbers; those of statistics become 0.
template <typename Real>
GradientSpread gradientVariance(const std::shared_ptr<const Network<Real>>& network, const Real* parameters,
                                const Dataset& data, const Scoring& scoring, Real* gradient, Real* variance);

}  // namespace glissade
