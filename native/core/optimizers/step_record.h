#pragma once

#include <cstddef>

#include "record.h"

namespace glissade {

/// What changes from step to step beside the hyperparameters of groups: the limit of `clip`; the weight of the new
/// parameters in their average, and in the slow weights of Lookahead, in steps that end with these, or 0; the radius of
/// sharpness-aware minimisation.
///
/// The record of a step, which TypeScript tabulates ahead, holds these numbers and then the hyperparameters of each
/// group in turn.
struct StepSettings {
  GLISSADE_RECORD(clip, averageWeight, slowWeight, radius);
};
inline constexpr size_t kStepSettings = sizeof(StepSettings) / sizeof(double);

}  // namespace glissade
