#pragma once

#include <cstddef>

#include "record.h"

namespace glissade {

/// The settings of a step, beside the hyperparameters of groups: the limit of `clip`; the weight of the new parameters
/// in their average, and in the slow weights of Lookahead (0: they stay); the radius of sharpness-aware minimisation.
///
/// A step record, which TypeScript tabulates, has these numbers first, then the hyperparameters of each group in turn.
struct StepSettings {
  GLISSADE_RECORD(clip, averageWeight, slowWeight, radius);
};
inline constexpr size_t kStepSettings = sizeof(StepSettings) / sizeof(double);

}  // namespace glissade
