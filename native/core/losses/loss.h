#pragma once

#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "losses/classes.h"
#include "losses/rows.h"

namespace glissade {

/// What is computed of each example beside its gradient.
struct Scoring {
  Loss loss;
  bool accuracy;
  LossParameters parameters = {};
  std::vector<double> classWeights = {};  // crossEntropy: of each output, or none

  /// Whether targets are numbers of classes, each of which has an output.
  bool takesClasses(size_t targetColumns, size_t outputs) const;

  /// How much the loss of a row counts, of some weight as an example, in the mean over rows: with class weights, those
  /// of the classes count (in means over distributions they don't, as in PyTorch).
  double lossWeight(double weight, double target, size_t targetColumns) const {
    if (classWeights.empty() || targetColumns != 1) return weight;
    return weight * classWeights[labelOf(&target, classWeights.size())];
  }
};

/// @throws Error ERR_INVALID_ARGUMENT for a name that is no loss.
Loss lossNamed(std::string_view name);

/// Checks every target of `data`, and the weights, for a network with `outputs` outputs, before anything is trained.
/// @throws Error ERR_INVALID_ARGUMENT without targets; ERR_SHAPE, ERR_OUT_OF_RANGE or ERR_NON_FINITE naming the first
/// row and column at fault.
void checkTargets(const Scoring& scoring, const Dataset& data, size_t outputs);

}  // namespace glissade
