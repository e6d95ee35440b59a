#include "metrics/metric.h"

namespace glissade {

Predictions predictionsOf(Loss loss) {
  switch (loss) {
    case Loss::crossEntropy: return Predictions::classLogits;
    case Loss::focal:
    case Loss::logistic: return Predictions::logits;
    case Loss::hinge:
    case Loss::squaredHinge: return Predictions::margins;
    case Loss::poisson: return Predictions::logRates;
    default: return Predictions::values;
  }
}

Task taskOf(Predictions predictions, size_t targetColumns, size_t outputs) {
  switch (predictions) {
    case Predictions::values:
    case Predictions::logRates: return Task::values;
    case Predictions::classLogits: return Task::classes;
    default: break;
  }
  if (outputs == 1) return Task::binary;
  return targetColumns == 1 ? Task::classes : Task::labels;
}

}  // namespace glissade
