#pragma once

#include <vector>

#include "arguments.h"
#include "metrics/metric.h"

namespace glissade {

/// Reads metrics as lib/metrics describes them, [{ name, as, …options }], and a calibration, { slope, intercept }. Both
/// may be undefined.
MetricPlan metricPlanOf(const Argument& metrics, Predictions predictions, const Argument& calibration);

/// Defines score(dataset, loss, areProbabilities, metrics): the results of each metric. The loss says what the inputs
/// of the dataset, which are predictions, and its targets are.
void defineScore(Napi::Object exports);

/// The results of metrics: an array of numbers for each.
Napi::Array numbersIn(Napi::Env env, const std::vector<std::vector<double>>& results);

}  // namespace glissade
