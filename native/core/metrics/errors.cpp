// Metrics of predicted numbers: mean absolute error, root mean squared error, R², quantile loss. The mean over outputs
// if they are several, as scikit-learn's `uniform_average`.
#include <cmath>

#include "metrics/meter.h"

namespace glissade {
namespace {

/// Σ w·e(prediction, target) / Σ w of each output; then the mean over outputs of end(that).
template <typename Error, typename End>
class MeanError final : public Meter {
 public:
  MeanError(size_t outputs, Error error, End end) : sums_(outputs), error_(error), end_(end) {}

  void restart() override {
    sums_.assign(sums_.size(), 0);
    weight_ = 0;
  }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i) {
      for (size_t j = 0; j < rows.outputs; ++j)
        sums_[j] +=
            rows.weights[i] * error_(rows.predictions[i * rows.outputs + j], rows.targets[i * rows.outputs + j]);
      weight_ += rows.weights[i];
    }
  }
  void finish(std::vector<double>& results) override {
    double sum = 0;
    for (const double error : sums_) sum += end_(error / weight_);
    results.push_back(sum / static_cast<double>(sums_.size()));
  }

 private:
  std::vector<double> sums_;
  double weight_ = 0;
  Error error_;
  End end_;
};

template <typename Error, typename End>
std::unique_ptr<Meter> makeMeanError(size_t outputs, Error error, End end) {
  return std::make_unique<MeanError<Error, End>>(outputs, error, end);
}

/// 1 − Σ w(t − prediction)² / Σ w(t − mean t)². Where all targets of an output are equal: 1 if the predictions are
/// exact, else 0.
class Determination final : public Meter {
 public:
  explicit Determination(size_t outputs) : outputs_(outputs) {}

  void restart() override {
    outputs_.assign(outputs_.size(), {});
    weight_ = 0;
  }
  void add(const ScoredRows& rows) override {
    for (size_t i = 0; i < rows.count; ++i) {
      const double weight = rows.weights[i];
      if (!(weight > 0)) continue;
      weight_ += weight;
      for (size_t j = 0; j < rows.outputs; ++j) {
        const double target = rows.targets[i * rows.outputs + j];
        const double error = target - rows.predictions[i * rows.outputs + j];
        Output& output = outputs_[j];
        output.error += weight * error * error;
        // The running mean and spread of Welford (1962), with weights. Targets may be far from 0, beside which the mean
        // moves by less than its rounding: `rest` is what it lacks (Dekker 1971).
        const double apart = target - output.mean - output.rest;
        const double moved = output.rest + weight / weight_ * apart, mean = output.mean + moved;
        output.rest = moved - (mean - output.mean);
        output.mean = mean;
        output.spread += weight * apart * (target - output.mean - output.rest);
      }
    }
  }
  void finish(std::vector<double>& results) override {
    double sum = 0;
    for (const Output& output : outputs_)
      sum += output.spread != 0 ? 1 - output.error / output.spread : (output.error == 0 ? 1 : 0);
    results.push_back(sum / static_cast<double>(outputs_.size()));
  }

 private:
  struct Output {
    double error = 0, mean = 0, rest = 0, spread = 0;
  };
  std::vector<Output> outputs_;
  double weight_ = 0;
};

}  // namespace

std::unique_ptr<Meter> makeErrorMeter(const Metric& metric, const MeterSizes& sizes) {
  const auto itself = [](double mean) { return mean; };
  switch (metric.kind) {
    case MetricKind::r2: return std::make_unique<Determination>(sizes.outputs);
    case MetricKind::meanAbsoluteError:
      return makeMeanError(
          sizes.outputs, [](double z, double t) { return std::abs(t - z); }, itself);
    case MetricKind::rootMeanSquaredError:
      return makeMeanError(
          sizes.outputs, [](double z, double t) { return (t - z) * (t - z); },
          [](double mean) { return std::sqrt(mean); });
    default: {
      const double q = metric.quantile;
      return makeMeanError(
          sizes.outputs, [q](double z, double t) { return z < t ? q * (t - z) : (1 - q) * (z - t); }, itself);
    }
  }
}

}  // namespace glissade
