#include "metrics.h"

#include <utility>

#include "dataset.h"
#include "loss.h"
#include "metrics/score.h"
#include "values.h"

namespace glissade {
namespace {

constexpr Words<MetricKind, 17> kMetrics = {{"accuracy", MetricKind::accuracy},
                                            {"topK", MetricKind::topK},
                                            {"logLoss", MetricKind::logLoss},
                                            {"auc", MetricKind::auc},
                                            {"averagePrecision", MetricKind::averagePrecision},
                                            {"f1", MetricKind::f1},
                                            {"precision", MetricKind::precision},
                                            {"recall", MetricKind::recall},
                                            {"balancedAccuracy", MetricKind::balancedAccuracy},
                                            {"confusionMatrix", MetricKind::confusionMatrix},
                                            {"calibrationError", MetricKind::calibrationError},
                                            {"meanAbsoluteError", MetricKind::meanAbsoluteError},
                                            {"rootMeanSquaredError", MetricKind::rootMeanSquaredError},
                                            {"r2", MetricKind::r2},
                                            {"quantileLoss", MetricKind::quantileLoss},
                                            {"temperature", MetricKind::temperature},
                                            {"platt", MetricKind::platt}};

constexpr Words<Average, 3> kAverages = {
    {"binary", Average::binary}, {"micro", Average::micro}, {"macro", Average::macro}};

Metric metricOf(const Argument& given) {
  Metric metric{given["name"].word(kMetrics), given["as"].text()};
  if (const Argument average = given["average"]; average.isGiven()) metric.average = average.word(kAverages);
  if (const Argument threshold = given["threshold"]; threshold.isGiven()) metric.threshold = threshold.number();
  if (const Argument k = given["k"]; k.isGiven()) metric.k = k.size();
  if (const Argument quantile = given["quantile"]; quantile.isGiven()) metric.quantile = quantile.number();
  if (const Argument bins = given["bins"]; bins.isGiven()) {
    metric.bins = bins.wholeNumber(1 << 20);
    if (metric.bins == 0) throw Error("ERR_OUT_OF_RANGE", bins.name() + " is 0");
  }
  return metric;
}

Napi::Value scoreOf(const Napi::CallbackInfo& info) {
  const Scoring scoring = scoringOf({info, 1, "loss"}, false);
  const bool areProbabilities = Argument(info, 2, "areProbabilities").flag();
  MetricPlan plan =
      metricPlanOf({info, 3, "metrics"}, areProbabilities ? Predictions::probabilities : predictionsOf(scoring.loss),
                   {info.Env().Undefined(), "calibration"});
  const Dataset data = DatasetBinding::from({info, 0, "data"}).data();  // after all getters
  const size_t outputs = data.dense().columns;
  checkTargets(scoring, data, outputs);
  checkMetrics(plan, data, outputs);
  return numbersIn(info.Env(), score(std::move(plan), data));
}

}  // namespace

void defineScore(Napi::Object exports) { defineFunction<scoreOf>(exports, "score"); }

MetricPlan metricPlanOf(const Argument& metrics, Predictions predictions, const Argument& calibration) {
  MetricPlan plan{{}, predictions};
  if (metrics.isGiven())
    for (const Argument& metric : metrics.items()) plan.metrics.push_back(metricOf(metric));
  if (calibration.isGiven()) plan.calibration = {calibration["slope"].number(), calibration["intercept"].number()};
  return plan;
}

Napi::Array numbersIn(Napi::Env env, const std::vector<std::vector<double>>& results) {
  return listOf(env, results, [&](const std::vector<double>& numbers) { return listOf(env, numbers); });
}

}  // namespace glissade
