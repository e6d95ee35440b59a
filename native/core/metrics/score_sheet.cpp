#include "metrics/score_sheet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "losses/classes.h"

namespace glissade {
namespace {

// scikit-learn's limit of given probabilities in a log loss: that of float64.
constexpr double kLeastProbability = std::numeric_limits<double>::epsilon();

double logLossOf(double probability) {
  return -std::log(std::clamp(probability, kLeastProbability, 1 - kLeastProbability));
}

double logistic(double z) {
  const double e = std::exp(-std::abs(z));
  return (z < 0 ? e : 1) / (1 + e);
}

size_t rankingsOf(Task task, size_t outputs) { return task == Task::classes && outputs == 2 ? 1 : outputs; }

}  // namespace

ScoreSheet::ScoreSheet(MetricPlan plan, size_t targetColumns, size_t outputs, size_t rows, size_t minibatchRows)
    : plan_(std::move(plan)),
      targetColumns_(targetColumns),
      outputs_(outputs),
      task_(taskOf(plan_.predictions, targetColumns, outputs)),
      answers_(task_ == Task::labels ? outputs : 1),
      rankings_(rankingsOf(task_, outputs)),
      needsProbabilities_(task_ != Task::values && plan_.predictions != Predictions::margins),
      predictions_(minibatchRows * outputs),
      probabilities_(needsProbabilities_ ? minibatchRows * outputs : 0),
      ranking_(minibatchRows * rankings_),
      logLoss_(minibatchRows),
      targets_(minibatchRows * targetColumns),
      labels_(minibatchRows * answers_),
      decisions_(minibatchRows * answers_),
      isNan_(minibatchRows) {
  for (const Metric& metric : plan_.metrics)
    meters_.push_back(makeMeter(metric, {plan_.predictions, task_, rows, outputs, rankings_}));
}

void ScoreSheet::restart() {
  for (const auto& meter : meters_) meter->restart();
  sawNan_ = false;
}

template <typename Real>
void ScoreSheet::read(const Range& share, const Real* outputs, const Real* targets) {
  const bool areLogits = plan_.predictions == Predictions::classLogits || plan_.predictions == Predictions::logits;
  const Calibration calibration = areLogits ? plan_.calibration : Calibration{};
  for (size_t k = share.begin * targetColumns_; k < share.end * targetColumns_; ++k)
    targets_[k] = static_cast<double>(targets[k]);
  for (size_t i = share.begin; i < share.end; ++i) {
    bool isNan = false;
    for (size_t k = i * outputs_; k < (i + 1) * outputs_; ++k) {
      predictions_[k] = calibration.slope * static_cast<double>(outputs[k]) + calibration.intercept;
      isNan = isNan || std::isnan(predictions_[k]);
    }
    isNan_[i] = isNan;
    if (task_ == Task::values)
      readValues(i);
    else if (task_ == Task::classes)
      readClass(i);
    else
      readAnswers(i);
  }
}

void ScoreSheet::readValues(size_t row) {
  if (plan_.predictions != Predictions::logRates) return;
  for (size_t k = row * outputs_; k < (row + 1) * outputs_; ++k) predictions_[k] = std::exp(predictions_[k]);
}

void ScoreSheet::readAnswers(size_t row) {
  const bool areProbabilities = plan_.predictions == Predictions::probabilities;
  for (size_t k = row * outputs_; k < (row + 1) * outputs_; ++k) {
    const double z = predictions_[k];
    const bool isYes = targets_[k] > 0.5;
    labels_[k] = isYes;
    decisions_[k] = z > (areProbabilities ? 0.5 : 0);
    ranking_[k] = z;
    if (!needsProbabilities_) continue;
    probabilities_[k] = areProbabilities ? z : logistic(z);
    if (task_ == Task::binary)
      logLoss_[row] = areProbabilities ? logLossOf(isYes ? z : 1 - z)
                                       : std::log1p(std::exp(-std::abs(z))) + (isYes == (z > 0) ? 0 : std::abs(z));
  }
}

void ScoreSheet::readClass(size_t row) {
  const double* const z = predictions_.data() + row * outputs_;
  const double* const target = targets_.data() + row * targetColumns_;
  const size_t label = targetColumns_ == 1 ? labelOf(target, outputs_) : largest(target, targetColumns_);
  const size_t top = largest(z, outputs_);
  labels_[row] = static_cast<uint32_t>(label);
  decisions_[row] = static_cast<uint32_t>(top);
  const bool areProbabilities = plan_.predictions == Predictions::probabilities;
  if (rankings_ == 1) {
    ranking_[row] = areProbabilities ? z[1] : z[1] - z[0];
    isNan_[row] = isNan_[row] || std::isnan(ranking_[row]);  // of infinite outputs
  }
  if (!needsProbabilities_) return;
  double* const p = probabilities_.data() + row * outputs_;
  if (areProbabilities) {
    std::copy_n(z, outputs_, p);
    logLoss_[row] = logLossOf(p[label]);
  } else {
    double others = 0;  // the exponentials but for that of the largest logit, which is 1
    for (size_t j = 0; j < outputs_; ++j) {
      p[j] = std::exp(z[j] - z[top]);
      if (j != top) others += p[j];
    }
    for (size_t j = 0; j < outputs_; ++j) p[j] /= 1 + others;
    logLoss_[row] = std::log1p(others) + (z[top] - z[label]);
    isNan_[row] = isNan_[row] || std::isnan(p[top] + others);  // of infinite logits
  }
  if (rankings_ > 1) std::copy_n(p, outputs_, ranking_.data() + row * outputs_);
}

void ScoreSheet::add(size_t count, const double* weights) {
  sawNan_ = sawNan_ || std::any_of(isNan_.data(), isNan_.data() + count, [](uint8_t isNan) { return isNan != 0; });
  if (sawNan_) return;
  const ScoredRows rows{task_,
                        count,
                        outputs_,
                        answers_,
                        rankings_,
                        predictions_.data(),
                        probabilities_.data(),
                        ranking_.data(),
                        logLoss_.data(),
                        targets_.data(),
                        labels_.data(),
                        decisions_.data(),
                        weights};
  for (const auto& meter : meters_) meter->add(rows);
}

std::vector<std::vector<double>> ScoreSheet::results() {
  std::vector<std::vector<double>> all(meters_.size());
  for (size_t i = 0; i < meters_.size(); ++i) {
    meters_[i]->finish(all[i]);
    if (sawNan_) std::fill(all[i].begin(), all[i].end(), std::numeric_limits<double>::quiet_NaN());
  }
  return all;
}

template void ScoreSheet::read(const Range&, const float*, const float*);
template void ScoreSheet::read(const Range&, const double*, const double*);

}  // namespace glissade
