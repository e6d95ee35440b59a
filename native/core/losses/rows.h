#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/dual.h"

namespace glissade {

/// `custom`: others compute it, for a whole minibatch (training/custom_loss.h); the kernels do nothing.
enum class Loss {
  crossEntropy,
  logistic,
  squared,
  absolute,
  huber,
  hinge,
  squaredHinge,
  poisson,
  quantile,
  focal,
  joint,
  custom
};

/// The options of losses. Each loss reads its own.
struct LossParameters {
  double delta = 1;           // huber
  double quantile = 0.5;      // quantile
  double labelSmoothing = 0;  // crossEntropy, logistic
  double positiveWeight = 1;  // logistic
  double gamma = 2;           // focal
  double positiveShare = 1;   // focal, as is negativeShare
  double negativeShare = 1;
};

/// A part of the loss `joint`: a loss over adjacent outputs, multiplied by a factor. Several parts may share targets.
struct LossHead {
  Loss loss;
  LossParameters parameters;
  double factor;
  size_t firstOutput, outputs;
  size_t firstTarget, targets;
};

/// Rows [begin, end) of a minibatch under a loss. Where the outputs have tangents, those of the gradient are computed.
template <typename Real>
struct LossRows {
  Track<const Real> outputs;
  const Real* targets;
  size_t columns, targetColumns;
  size_t begin, end;
  Track<Real> gradient;  // of gradientScale × the summed loss with respect to `outputs`
  Real gradientScale;
  double* values;    // the loss of each row, or null
  uint8_t* correct;  // whether each row is classified correctly, or null; only losses of classifiers set it
  const Real* rowScales = nullptr;  // of each row, instead of gradientScale; or null
  LossParameters parameters = {};
  const double* classWeights = nullptr;  // crossEntropy: of each column, or null
  const LossHead* heads = nullptr;       // joint
  size_t headCount = 0;

  Real scaleOf(size_t row) const { return rowScales ? rowScales[row] : gradientScale; }
};

}  // namespace glissade
