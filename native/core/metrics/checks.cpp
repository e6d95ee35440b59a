// What each metric is for.
#include <cmath>
#include <string>

#include "error.h"
#include "losses/classes.h"
#include "metrics/metric.h"

namespace glissade {
namespace {

struct Needs {
  const Metric& metric;
  const Dataset& data;
  Predictions predictions;
  Task task;
  size_t outputs;

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error("ERR_INVALID_ARGUMENT", "metric " + metric.name + " " + why);
  }

  double target(size_t row, size_t column) const { return data.targets->at(data.rowAt(row), column); }
  bool counts(size_t row) const { return data.weightAt(data.rowAt(row)) > 0; }
};

bool isOfValues(MetricKind kind) {
  switch (kind) {
    case MetricKind::meanAbsoluteError:
    case MetricKind::rootMeanSquaredError:
    case MetricKind::r2:
    case MetricKind::quantileLoss: return true;
    default: return false;
  }
}

const char* described(Task task) {
  switch (task) {
    case Task::binary: return "one answer of yes or no";
    case Task::labels: return "several answers of yes or no";
    case Task::classes: return "classes";
    case Task::values: return "numbers";
  }
  __builtin_unreachable();
}

/// Checks that the metric has a meaning for what is predicted.
void checkMeaning(const Needs& n) {
  const MetricKind kind = n.metric.kind;
  if (isOfValues(kind) != (n.task == Task::values))
    n.refuse(std::string("is for ") + (isOfValues(kind) ? "predicted numbers" : "classes, or answers of yes or no") +
             ", but here the predictions are " + described(n.task));
  const bool hasProbabilities = n.predictions != Predictions::margins;
  const bool needsProbabilities = kind == MetricKind::logLoss || kind == MetricKind::calibrationError;
  const bool isRanking = kind == MetricKind::auc || kind == MetricKind::averagePrecision;
  const bool isOfMany = n.task == Task::classes && n.outputs > 2;
  if (n.task != Task::values && !hasProbabilities && (needsProbabilities || (isRanking && isOfMany)))
    n.refuse("needs probabilities, but the outputs of this loss are margins");
  if (n.metric.threshold && !hasProbabilities)
    n.refuse("has a threshold, which is a probability, but the outputs of this loss are margins");
  if (n.metric.threshold && isOfMany)
    n.refuse("has a threshold, but there are " + std::to_string(n.outputs) + " classes; a threshold is for two");
  const bool isOfOne = kind == MetricKind::confusionMatrix || kind == MetricKind::balancedAccuracy ||
                       kind == MetricKind::calibrationError || kind == MetricKind::logLoss;
  if (n.task == Task::labels && isOfOne)
    n.refuse("is for classes, or for one answer of yes or no; here rows have " + std::to_string(n.outputs) +
             " answers each");
  if (kind == MetricKind::platt && n.task != Task::binary)
    n.refuse(std::string("is for one answer of yes or no, but here the predictions are ") + described(n.task));
  if (kind == MetricKind::topK && n.task != Task::classes)
    n.refuse(std::string("is for classes, but here the predictions are ") + described(n.task));
  if (kind == MetricKind::topK && n.metric.k >= n.outputs)
    n.refuse("has k = " + std::to_string(n.metric.k) + ", but there are " + std::to_string(n.outputs) +
             " classes, so it would always be 1");
  if (n.metric.average == Average::binary && (n.task == Task::labels || isOfMany))
    n.refuse("has the average \"binary\", which is for two classes; use \"micro\" or \"macro\"");
}

/// Checks that targets say yes or no, or name classes: only accuracy takes the more probable one as the target.
void checkHard(const Needs& n) {
  if (n.task == Task::values || n.metric.kind == MetricKind::accuracy) return;
  const size_t columns = n.data.targets->columns;
  if (n.task == Task::classes && columns == 1) return;
  for (size_t i = 0; i < n.data.rows(); ++i)
    for (size_t j = 0; j < columns; ++j) {
      const double t = n.target(i, j);
      if (t == 0 || t == 1 || (t == -1 && n.predictions == Predictions::margins)) continue;
      throw Error("ERR_OUT_OF_RANGE", "metric " + n.metric.name + " needs targets of 0 and 1, but targets[" +
                                          std::to_string(i) + "]" +
                                          (columns == 1 ? "" : "[" + std::to_string(j) + "]") + " is between them");
    }
}

/// Checks that each ranking has rows of its class and, for an area under a curve, others.
void checkRanked(const Needs& n) {
  const MetricKind kind = n.metric.kind;
  if (kind != MetricKind::auc && kind != MetricKind::averagePrecision) return;
  if (n.data.shards) return;  // those of other ranks count as well; without any, the metric is NaN
  const size_t columns = n.data.targets->columns;
  const bool ofClasses = n.task == Task::classes;
  const bool ofTwo = ofClasses && n.outputs == 2;
  std::vector<size_t> rowsOfClass(n.outputs);  // rows of each class, or with each answer yes
  size_t rows = 0;
  std::vector<double> row(columns);
  for (size_t i = 0; i < n.data.rows(); ++i) {
    if (!n.counts(i)) continue;
    ++rows;
    for (size_t j = 0; j < columns; ++j) row[j] = n.target(i, j);
    if (ofClasses)
      ++rowsOfClass[columns == 1 ? labelOf(row.data(), n.outputs) : largest(row.data(), columns)];
    else
      for (size_t j = 0; j < columns; ++j) rowsOfClass[j] += row[j] > 0.5;
  }
  for (size_t j = ofTwo ? 1 : 0; j < n.outputs; ++j) {
    if (rowsOfClass[j] > 0 && (rowsOfClass[j] < rows || kind == MetricKind::averagePrecision)) continue;
    const std::string which = ofClasses || n.outputs > 1 ? std::to_string(j) : "1";
    throw Error(
        "ERR_OUT_OF_RANGE",
        "metric " + n.metric.name + " has no meaning here: " + (rowsOfClass[j] == 0 ? "no row" : "every row") +
            (ofClasses || n.outputs == 1 ? " has the target " + which : " has the answer yes for output " + which) +
            " (rows of weight 0 don't count)");
  }
}

}  // namespace

void checkMetrics(const MetricPlan& plan, const Dataset& data, size_t outputs, size_t positions) {
  if (positions > 1) return checkMetrics(plan, targetsByPosition(data, positions), outputs);
  const Task task = taskOf(plan.predictions, data.targets->columns, outputs);
  for (const Metric& metric : plan.metrics) {
    const Needs needs{metric, data, plan.predictions, task, outputs};
    checkMeaning(needs);
    if (task == Task::values && data.targets->columns != outputs)  // a custom loss allows it
      needs.refuse("compares outputs with targets, but there are " + std::to_string(outputs) + " and " +
                   std::to_string(data.targets->columns) + " columns");
    checkHard(needs);
    checkRanked(needs);
    if (metric.kind == MetricKind::r2 && data.rowsOfAll() < 2)
      throw Error("ERR_OUT_OF_RANGE", "metric " + metric.name + " needs at least 2 rows, but there is 1");
  }
}

}  // namespace glissade
