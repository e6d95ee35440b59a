#include "metrics/meter.h"

#include "metrics/calibration_fit.h"

namespace glissade {

std::unique_ptr<Meter> makeMeter(const Metric& metric, const MeterSizes& sizes) {
  switch (metric.kind) {
    case MetricKind::auc:
    case MetricKind::averagePrecision: return makeRankingMeter(metric, sizes);
    case MetricKind::logLoss:
    case MetricKind::calibrationError: return makeProbabilityMeter(metric, sizes);
    case MetricKind::meanAbsoluteError:
    case MetricKind::rootMeanSquaredError:
    case MetricKind::r2:
    case MetricKind::quantileLoss: return makeErrorMeter(metric, sizes);
    case MetricKind::temperature:
    case MetricKind::platt: return std::make_unique<CalibrationFit>(metric.kind, sizes);
    default: return makeCountingMeter(metric, sizes);
  }
}

}  // namespace glissade
