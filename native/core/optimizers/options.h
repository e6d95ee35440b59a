#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "optimizers/encoding.h"
#include "record.h"

namespace glissade {

enum class Clipping { none, value, norm, columns, rows };

struct OptimizerOptions {
  std::vector<std::string> rules;  // of each group
  bool maximize = false;
  Clipping clipping = Clipping::none;
  double clippingEpsilon = 0;  // lower bound of the norm of a unit's parameters
  bool checksFinite = false;
  bool accumulates = false, averages = false, hasSlowWeights = false;
  Encoding state = Encoding::plain;
  bool scheduled = true;  // whether hyperparameters differ from step to step
  bool rowsRest = false;  // whether rows without a gradient rest instead of taking idle steps
};

/// The settings of a step, beside the hyperparameters of groups: the limit of `clip`; the weight of the new parameters
/// in their average, and in the slow weights of Lookahead (0: they stay); the radius of sharpness-aware minimisation.
///
/// A step record, which TypeScript tabulates, has these numbers first, then the hyperparameters of each group in turn.
struct StepSettings {
  GLISSADE_RECORD(clip, averageWeight, slowWeight, radius);
};
inline constexpr size_t kStepSettings = sizeof(StepSettings) / sizeof(double);

}  // namespace glissade
