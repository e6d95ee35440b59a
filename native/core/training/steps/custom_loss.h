#pragma once

#include <cstddef>
#include <functional>

namespace glissade {

/// A minibatch whose loss the caller computes (Loss::custom): outputs and targets, row-major, and room for the gradient
/// of the loss with respect to the outputs.
template <typename Real>
struct CustomMinibatch {
  const Real *outputs, *targets;
  const double* weights;  // of the rows; null: all are 1
  size_t rows, columns, targetColumns;
  Real* gradient;  // null where only the loss is needed
};

/// Computes the loss of a minibatch, a mean over its rows, and its gradient if there is room for it. It may throw.
template <typename Real>
using CustomLoss = std::function<double(const CustomMinibatch<Real>&)>;

}  // namespace glissade
