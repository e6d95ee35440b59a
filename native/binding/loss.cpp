#include "loss.h"

#include <string>

namespace glissade {

Scoring scoringOf(Napi::Object loss, bool accuracy) {
  Scoring scoring{lossNamed(std::string(loss.Get("name").ToString())), accuracy};
  const auto read = [&](const char* key, double& into) {
    if (loss.Has(key)) into = loss.Get(key).ToNumber().DoubleValue();
  };
  read("delta", scoring.parameters.delta);
  read("quantile", scoring.parameters.quantile);
  read("labelSmoothing", scoring.parameters.labelSmoothing);
  read("positiveWeight", scoring.parameters.positiveWeight);
  if (loss.Has("classWeights")) {
    const auto weights = loss.Get("classWeights").As<Napi::Array>();
    for (uint32_t i = 0; i < weights.Length(); ++i)
      scoring.classWeights.push_back(weights.Get(i).ToNumber().DoubleValue());
  }
  return scoring;
}

}  // namespace glissade
