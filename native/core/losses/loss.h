#pragma once

#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "losses/classes.h"
#include "losses/rows.h"

namespace glissade {

/// The loss to compute, its options, and whether accuracy is computed too.
struct Scoring {
  Loss loss;
  bool accuracy;
  LossParameters parameters = {};
  std::vector<double> classWeights = {};  // crossEntropy: one for each output, or none
  std::vector<LossHead> heads = {};       // joint

  /// Whether targets are indices of classes, with an output for each class.
  bool takesClasses(size_t targetColumns, size_t outputs) const;

  /// Fills what the kernels read of this, which must outlive `rows`.
  template <typename Real>
  void describe(LossRows<Real>& rows) const {
    rows.parameters = parameters;
    rows.classWeights = classWeights.empty() ? nullptr : classWeights.data();
    rows.heads = heads.data();
    rows.headCount = heads.size();
  }

  /// The weight of a row's loss in the mean over rows: the weight of the example, times that of its class. Class
  /// weights do not count where targets are distributions, as in PyTorch.
  double lossWeight(double weight, double target, size_t targetColumns) const {
    if (classWeights.empty() || targetColumns != 1) return weight;
    return weight * classWeights[labelOf(&target, classWeights.size())];
  }
};

/// @throws Error ERR_INVALID_ARGUMENT for a name that is no loss.
Loss lossNamed(std::string_view name);

/// Checks every target of `data`, and the weights, for a network with `outputs` outputs at each of so many positions,
/// before anything is trained. A row of targets has those of the first position, then of the next.
/// @throws Error ERR_INVALID_ARGUMENT without targets; ERR_SHAPE, ERR_OUT_OF_RANGE or ERR_NON_FINITE naming the first
/// row and column at fault.
void checkTargets(const Scoring& scoring, const Dataset& data, size_t outputs, size_t positions = 1);

}  // namespace glissade
