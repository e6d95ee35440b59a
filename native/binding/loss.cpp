#include "loss.h"

namespace glissade {

namespace {

/// Adds a loss over adjacent outputs to the heads of a joint loss, which is multiplied by `factor`. Quantiles of
/// several levels are a head each, of the same target.
void addHead(std::vector<LossHead>& heads, const Argument& loss, double factor, size_t outputs) {
  size_t output = 0, target = 0;
  if (!heads.empty()) {
    output = heads.back().firstOutput + heads.back().outputs;
    target = heads.back().firstTarget + heads.back().targets;
  }
  if (const Argument levels = loss["quantile"]; levels.value().IsArray()) {
    for (const Argument& level : levels.items()) {
      LossParameters parameters;
      parameters.quantile = level.number();
      heads.push_back({Loss::quantile, parameters, factor / static_cast<double>(outputs), output++, 1, target, 1});
    }
    return;
  }
  const Scoring own = scoringOf(loss, false);
  heads.push_back(
      {own.loss, own.parameters, factor, output, outputs, target, own.takesClasses(1, outputs) ? 1 : outputs});
}

}  // namespace

Scoring scoringOf(const Argument& loss, bool accuracy) {
  Scoring scoring{lossNamed(loss["name"].text()), accuracy};
  if (const Argument levels = loss["quantile"]; levels.value().IsArray()) {
    scoring.loss = Loss::joint;
    addHead(scoring.heads, loss, 1, levels.items().size());
    return scoring;
  }
  if (const Argument heads = loss["heads"]; heads.isGiven()) {
    const auto list = heads.items();
    for (const Argument& head : list)
      addHead(scoring.heads, head["loss"], 1 / static_cast<double>(list.size()), head["outputs"].size());
    return scoring;
  }
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
