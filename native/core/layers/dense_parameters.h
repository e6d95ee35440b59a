// The parameters of dense layers, of numbers and of sparse rows.
#pragma once

#include <vector>

#include "layers/initializer.h"
#include "layers/layer.h"

namespace glissade {

struct DenseOptions {
  size_t outputs;
  Activation activation = Activation::identity;
  bool bias = true;
  Initializer initializer = Initializer::automatic;
};

/// The weight, of shape [inputs, outputs], and the bias, of shape [outputs], if there is one.
std::vector<Tensor> tensorsOfDense(size_t inputs, const DenseOptions& options);

/// Fills the weights by options.initializer and the biases, which follow them in memory, with 0.
template <typename Real>
void initializeDense(size_t inputs, const DenseOptions& options, Random& random, Real* parameters);

}  // namespace glissade
