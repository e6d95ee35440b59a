#pragma once

#include <cstddef>
#include <cstdint>

#include "metrics/metric.h"

namespace glissade {

/// Rows of a minibatch as metrics read them, row-major. `answers` is the number of answers of a row: the outputs for
/// labels, else 1.
struct ScoredRows {
  Task task;
  size_t count, outputs, answers, rankings;
  const double* predictions;    // count × outputs: logits as they are calibrated, probabilities, margins or values
  const double* probabilities;  // count × outputs, where the predictions are logits or probabilities
  const double* ranking;        // count × rankings: what orders rows by how likely they are of a class
  const double* logLoss;        // of each row
  const double* targets;        // count × outputs; of values
  const uint32_t* labels;       // count × answers: the class, or whether the answer is yes
  const uint32_t* decisions;    // count × answers: those predicted, at the threshold of ½
  const double* weights;
};

}  // namespace glissade
