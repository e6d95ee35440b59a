#pragma once

#include <cmath>

#include "metrics/scored_rows.h"

namespace glissade {

/// The decisions at a metric's threshold. Only yes or no, or one of two classes, has a threshold.
class Decider {
 public:
  Decider(const Metric& metric, Predictions predictions, Task task, size_t outputs)
      : hasThreshold_(metric.threshold.has_value()), isOfTwo_(task == Task::classes) {
    if (!hasThreshold_ || (isOfTwo_ && outputs != 2)) return;
    const double p = *metric.threshold;
    limit_ = predictions == Predictions::probabilities ? p : std::log(p / (1 - p));
    isOfDifference_ = isOfTwo_ && predictions != Predictions::probabilities;
  }

  /// Answer j of row i: whether it is yes, or its class.
  uint32_t decide(const ScoredRows& rows, size_t i, size_t j) const {
    if (!hasThreshold_) return rows.decisions[i * rows.answers + j];
    const double* const z = rows.predictions + i * rows.outputs;
    return (isOfDifference_ ? z[1] - z[0] : isOfTwo_ ? z[1] : z[j]) > limit_;
  }

 private:
  bool hasThreshold_, isOfTwo_, isOfDifference_ = false;
  double limit_ = 0;  // of the probability, or of its logit
};

}  // namespace glissade
