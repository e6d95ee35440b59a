// Metrics that count decisions: accuracy, top-k, precision, recall, F1, balanced accuracy, confusion matrix.
#include <cmath>
#include <limits>

#include "metrics/decider.h"
#include "metrics/meter.h"

namespace glissade {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Σ w over the rows i for which isRight(rows, i), by Σ w.
template <typename IsRight>
class Fraction final : public Meter {
 public:
  explicit Fraction(IsRight isRight) : isRight_(isRight) {}

  void restart() override { right_ = weight_ = 0; }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i) {
      if (isRight_(rows, i)) right_ += rows.weights[i];
      weight_ += rows.weights[i];
    }
  }
  void finish(std::vector<double>& results) override { results.push_back(ratio(right_, weight_)); }

 private:
  IsRight isRight_;
  double right_ = 0, weight_ = 0;
};

/// Whether all answers of a row are decided as they are.
std::unique_ptr<Meter> makeAccuracy(const Decider& decider) {
  const auto isRight = [decider](const ScoredRows& rows, size_t i) {
    bool isRight = true;
    for (size_t j = 0; j < rows.answers; ++j)
      isRight = isRight && decider.decide(rows, i, j) == rows.labels[i * rows.answers + j];
    return isRight;
  };
  return std::make_unique<Fraction<decltype(isRight)>>(isRight);
}

/// Whether the class of a row is among the k most likely. Of equal predictions, that of the later class counts as
/// larger, as in scikit-learn.
std::unique_ptr<Meter> makeTopK(size_t k) {
  const auto isRight = [k](const ScoredRows& rows, size_t i) {
    const double* const z = rows.predictions + i * rows.outputs;
    const size_t label = rows.labels[i];
    size_t ahead = 0;
    for (size_t j = 0; j < rows.outputs; ++j) ahead += z[j] > z[label] || (z[j] == z[label] && j > label);
    return ahead < k;
  };
  return std::make_unique<Fraction<decltype(isRight)>>(isRight);
}

/// Precision, recall, F1 and balanced accuracy, from the weights of each class: its rows, those predicted, those of
/// both.
class ClassScores final : public Meter {
 public:
  ClassScores(const Metric& metric, const MeterSizes& sizes)
      : kind_(metric.kind),
        average_(averageOf(metric, sizes)),
        decider_(metric, sizes.predictions, sizes.task, sizes.outputs),
        isLabels_(sizes.task == Task::labels),
        classes_(sizes.task == Task::binary ? 2 : sizes.outputs) {}

  void restart() override { classes_.assign(classes_.size(), {}); }

  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i)
      for (size_t j = 0; j < rows.answers; ++j) {
        const uint32_t label = rows.labels[i * rows.answers + j], decision = decider_.decide(rows, i, j);
        if (isLabels_)
          addLabel(classes_[j], label, decision, rows.weights[i]);
        else
          addClass(label, decision, rows.weights[i]);
      }
  }

  void finish(std::vector<double>& results) override {
    results.push_back(kind_ == MetricKind::balancedAccuracy ? balanced() : averaged());
  }

 private:
  struct Class {
    double both = 0, actual = 0, predicted = 0;
    bool occurs = false;  // among targets or predictions
  };

  static Average averageOf(const Metric& metric, const MeterSizes& sizes) {
    if (metric.average != Average::automatic) return metric.average;
    const bool isTwo = sizes.task == Task::binary || (sizes.task == Task::classes && sizes.outputs == 2);
    return isTwo ? Average::binary : Average::macro;
  }

  static void addLabel(Class& label, uint32_t actual, uint32_t predicted, double weight) {
    label.occurs = true;
    if (actual) label.actual += weight;
    if (predicted) label.predicted += weight;
    if (actual && predicted) label.both += weight;
  }

  void addClass(uint32_t label, uint32_t decision, double weight) {
    classes_[label].occurs = classes_[decision].occurs = true;
    classes_[label].actual += weight;
    classes_[decision].predicted += weight;
    if (label == decision) classes_[label].both += weight;
  }

  double scoreOf(const Class& c) const {
    switch (kind_) {
      case MetricKind::precision: return ratio(c.both, c.predicted);
      case MetricKind::recall: return ratio(c.both, c.actual);
      default: return ratio(2 * c.both, c.actual + c.predicted);
    }
  }

  double averaged() const {
    if (average_ == Average::binary) return scoreOf(classes_[1]);
    Class total;
    double sum = 0, count = 0;
    for (const Class& c : classes_) {
      if (!c.occurs) continue;
      total.both += c.both;
      total.actual += c.actual;
      total.predicted += c.predicted;
      sum += scoreOf(c);
      ++count;
    }
    return average_ == Average::micro ? scoreOf(total) : ratio(sum, count);
  }

  /// The mean recall of the classes that targets have.
  double balanced() const {
    double sum = 0, count = 0;
    for (const Class& c : classes_) {
      if (!(c.actual > 0)) continue;
      sum += c.both / c.actual;
      ++count;
    }
    return ratio(sum, count);
  }

  const MetricKind kind_;
  const Average average_;
  const Decider decider_;
  const bool isLabels_;
  std::vector<Class> classes_;
};

/// Σ w of each class (rows) and each decision (columns).
class ConfusionMatrix final : public Meter {
 public:
  ConfusionMatrix(const Metric& metric, const MeterSizes& sizes)
      : classes_(sizes.task == Task::binary ? 2 : sizes.outputs),
        decider_(metric, sizes.predictions, sizes.task, sizes.outputs),
        weights_(classes_ * classes_) {}

  void restart() override { weights_.assign(weights_.size(), 0); }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i)
      weights_[rows.labels[i] * classes_ + decider_.decide(rows, i, 0)] += rows.weights[i];
  }
  void finish(std::vector<double>& results) override {
    results.insert(results.end(), weights_.begin(), weights_.end());
  }

 private:
  const size_t classes_;
  const Decider decider_;
  std::vector<double> weights_;
};

}  // namespace

std::unique_ptr<Meter> makeCountingMeter(const Metric& metric, const MeterSizes& sizes) {
  switch (metric.kind) {
    case MetricKind::accuracy: return makeAccuracy(Decider(metric, sizes.predictions, sizes.task, sizes.outputs));
    case MetricKind::topK: return makeTopK(metric.k);
    case MetricKind::confusionMatrix: return std::make_unique<ConfusionMatrix>(metric, sizes);
    default: return std::make_unique<ClassScores>(metric, sizes);
  }
}

}  // namespace glissade
