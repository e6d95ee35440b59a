#include "loss.h"

namespace glissade {

Scoring scoringOf(const Argument& loss, bool accuracy) {
  Scoring scoring{lossNamed(loss["name"].text()), accuracy};
  const auto read = [&](const char* key, double& into) {
    if (const Argument option = loss[key]; option.isGiven()) into = option.number();
  };
  read("delta", scoring.parameters.delta);
  read("quantile", scoring.parameters.quantile);
  read("labelSmoothing", scoring.parameters.labelSmoothing);
  read("positiveWeight", scoring.parameters.positiveWeight);
  read("gamma", scoring.parameters.gamma);
  if (const Argument alpha = loss["alpha"]; alpha.isGiven()) {
    scoring.parameters.positiveShare = alpha.number();
    scoring.parameters.negativeShare = 1 - alpha.number();
  }
  if (const Argument weights = loss["classWeights"]; weights.isGiven())
    for (const Argument& weight : weights.items()) scoring.classWeights.push_back(weight.number());
  return scoring;
}

}  // namespace glissade
