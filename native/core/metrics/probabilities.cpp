// Metrics of probabilities: log loss and calibration error.
#include <algorithm>
#include <cmath>

#include "metrics/meter.h"

namespace glissade {
namespace {

/// Σ w·(−log p) / Σ w, with the probability p of the true class or answer.
class LogLoss final : public Meter {
 public:
  void restart() override { sum_ = weight_ = 0; }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i) {
      if (!(rows.weights[i] > 0)) continue;  // an infinite loss times 0 is NaN
      sum_ += rows.weights[i] * rows.logLoss[i];
      weight_ += rows.weights[i];
    }
  }
  void finish(std::vector<double>& results) override { results.push_back(sum_ / weight_); }

 private:
  double sum_ = 0, weight_ = 0;
};

/// Σ over bins of their share of the weights × |mean p − fraction that comes true|. Bins (a, b] of equal width divide
/// [0, 1]; the first also has 0. p is the probability of yes, or of the most likely of several classes.
class CalibrationError final : public Meter {
 public:
  explicit CalibrationError(size_t bins) : bins_(bins) {}

  void restart() override { bins_.assign(bins_.size(), {}); }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i) {
      const double* const p = rows.probabilities + i * rows.outputs;
      const bool ofClasses = rows.task == Task::classes;
      const double probability = ofClasses ? p[rows.decisions[i]] : p[0];
      const bool isTrue = ofClasses ? rows.decisions[i] == rows.labels[i] : rows.labels[i] != 0;
      Bin& bin = bins_[binOf(probability)];
      bin.probability += rows.weights[i] * probability;
      if (isTrue) bin.trueWeight += rows.weights[i];
      bin.weight += rows.weights[i];
    }
  }
  void finish(std::vector<double>& results) override {
    double sum = 0, weight = 0;
    for (const Bin& bin : bins_) {
      sum += std::abs(bin.probability - bin.trueWeight);
      weight += bin.weight;
    }
    results.push_back(sum / weight);
  }

 private:
  struct Bin {
    double probability = 0, trueWeight = 0, weight = 0;  // sums; of p with the weights
  };

  size_t binOf(double probability) const {
    const double width = 1 / static_cast<double>(bins_.size());
    const auto edge = [&](size_t i) { return static_cast<double>(i) * width; };
    auto bin = std::min(bins_.size() - 1, static_cast<size_t>(std::clamp(probability, 0.0, 1.0) / width));
    while (bin > 0 && probability <= edge(bin)) --bin;
    while (bin + 1 < bins_.size() && probability > edge(bin + 1)) ++bin;
    return bin;
  }

  std::vector<Bin> bins_;
};

}  // namespace

std::unique_ptr<Meter> makeProbabilityMeter(const Metric& metric, const MeterSizes&) {
  if (metric.kind == MetricKind::logLoss) return std::make_unique<LogLoss>();
  return std::make_unique<CalibrationError>(metric.bins);
}

}  // namespace glissade
