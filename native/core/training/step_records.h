#pragma once

#include <cstddef>

namespace glissade {

/// The records of some steps in turn. A step record is what TypeScript tabulates for a step: its settings
/// (StepSettings), then the hyperparameters of each group.
struct StepRecords {
  const double* first;
  size_t count;
  size_t stride;  // 0 where one record serves all steps

  const double* operator[](size_t i) const { return first + i * stride; }
  StepRecords from(size_t begin, size_t end) const { return {first + begin * stride, end - begin, stride}; }
};

}  // namespace glissade
