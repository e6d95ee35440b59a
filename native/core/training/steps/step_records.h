#pragma once

#include <cstddef>

namespace glissade {

/// The records of consecutive steps. TypeScript tabulates them: each has the settings of a step (StepSettings), then
/// the hyperparameters of each group.
struct StepRecords {
  const double* first;
  size_t count;
  size_t stride;  // numbers from one record to the next; 0 if one record serves all steps

  const double* operator[](size_t i) const { return first + i * stride; }
  StepRecords from(size_t begin, size_t end) const { return {first + begin * stride, end - begin, stride}; }
};

}  // namespace glissade
