#pragma once

#include <cstddef>

namespace glissade {

/// What changes from step to step beside the hyperparameters of groups.
///
/// The record of a step, which TypeScript tabulates ahead, holds these numbers and then the hyperparameters of each
/// group in turn, all of them doubles.
struct StepSettings {
  double clip;           // the limit
  double averageWeight;  // of the new parameters in their average
  double slowWeight;     // of the new parameters in the slow weights of Lookahead, in steps that end with these; or 0
  double radius;         // of sharpness-aware minimisation
};
inline constexpr size_t kStepSettings = sizeof(StepSettings) / sizeof(double);

}  // namespace glissade
