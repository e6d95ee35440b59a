#pragma once

#include <vector>

#include "data/dataset.h"
#include "metrics/metric.h"

namespace glissade {

/// The results of each metric of a plan for predictions, which are the inputs of `data`, and its targets. checkMetrics
/// says what fits.
/// @throws Error ERR_OUT_OF_RANGE naming the first prediction that is no probability, if all should be.
std::vector<std::vector<double>> score(MetricPlan plan, const Dataset& data);

}  // namespace glissade
