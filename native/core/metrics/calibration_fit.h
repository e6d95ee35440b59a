#pragma once

#include <cstddef>
#include <vector>

#include "matrix/buffer.h"
#include "metrics/meter.h"

namespace glissade {

/// Keeps logits, labels and weights of the rows that have a weight, and finds the calibration that minimises the mean
/// log loss over them. Results: slope and intercept. The slope is 0 if none above 0 is better, and infinite if larger
/// ones are always better.
class CalibrationFit final : public Meter {
 public:
  CalibrationFit(MetricKind kind, const MeterSizes& sizes);

  void restart() override { count_ = 0; }
  void add(const ScoredRows& rows) override;
  void finish(std::vector<double>& results) override;

 private:
  /// The summed loss, with its derivatives.
  struct Objective {
    double loss = 0;
    double slope = 0, intercept = 0;              // first derivatives
    double slopes = 0, both = 0, intercepts = 0;  // second derivatives; both: the mixed one
  };

  Objective ofClasses(double slope) const;
  /// The targets of answers of yes and no are `yes` and `no`.
  Objective ofAnswers(const Calibration& at, double yes, double no) const;

  Calibration fitTemperature() const;
  Calibration fitPlatt();
  Calibration standardize();

  const MetricKind kind_;
  const Task task_;
  const size_t rows_, outputs_, answers_;
  Buffer<double> logits_, weights_;
  Buffer<uint32_t> labels_;
  size_t count_ = 0;
};

}  // namespace glissade
