#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "losses/rows.h"

namespace glissade {

/// What the numbers are that metrics compare with targets. classLogits: of the classes of a row. logits: of classes, or
/// one for each answer of yes or no, as the targets say. margins: scores whose sign, or the largest of which, is the
/// prediction. logRates: logarithms of the predicted numbers.
enum class Predictions { classLogits, logits, probabilities, margins, values, logRates };

/// What is predicted for a row. binary: one answer of yes or no. labels: several. classes: one of several classes.
/// values: numbers.
enum class Task { binary, labels, classes, values };

/// What the outputs of a network are under a loss.
Predictions predictionsOf(Loss loss);

Task taskOf(Predictions predictions, size_t targetColumns, size_t outputs);

enum class MetricKind {
  accuracy,
  topK,
  logLoss,
  auc,
  averagePrecision,
  f1,
  precision,
  recall,
  balancedAccuracy,
  confusionMatrix,
  calibrationError,
  meanAbsoluteError,
  rootMeanSquaredError,
  r2,
  quantileLoss,
  temperature,  // this and platt: no scores, but a calibration that is fitted (CalibrationFit)
  platt
};

/// How scores of classes become one. automatic: that of the positive class where there are two classes, else macro.
enum class Average { automatic, binary, micro, macro };

/// A metric with its options. Each metric reads its own.
struct Metric {
  MetricKind kind;
  std::string name;  // in messages
  Average average = Average::automatic;
  std::optional<double> threshold = {};  // probabilities above it mean yes; without it, ½
  size_t k = 1;
  size_t bins = 15;
  double quantile = 0.5;
};

/// Logits are read as slope·z + intercept.
struct Calibration {
  double slope = 1, intercept = 0;
};

/// What is scored: metrics, what the predictions are, and how logits are read.
struct MetricPlan {
  std::vector<Metric> metrics;
  Predictions predictions;
  Calibration calibration = {};
};

/// Checks that each metric has a meaning for the predictions and the targets of `data`.
/// @throws Error ERR_INVALID_ARGUMENT for a metric that has none; ERR_OUT_OF_RANGE naming the first target at fault, or
/// for a ranking of rows that all have the same target.
void checkMetrics(const MetricPlan& plan, const Dataset& data, size_t outputs, size_t positions = 1);

}  // namespace glissade
