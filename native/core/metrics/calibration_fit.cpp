#include "metrics/calibration_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "losses/classes.h"

namespace glissade {
namespace {

constexpr int kMostIterations = 200;
constexpr int kMostDoublings = 60;

}  // namespace

CalibrationFit::CalibrationFit(MetricKind kind, const MeterSizes& sizes)
    : kind_(kind),
      task_(sizes.task),
      rows_(sizes.rows),
      outputs_(sizes.outputs),
      answers_(sizes.task == Task::labels ? sizes.outputs : 1),
      logits_(sizes.rows * sizes.outputs),
      weights_(sizes.rows),
      labels_(sizes.rows * answers_) {}

void CalibrationFit::add(const ScoredRows& rows) {
  for (size_t i = 0; i < rows.count && count_ < rows_; ++i) {
    if (!(rows.weights[i] > 0)) continue;
    std::copy_n(rows.predictions + i * outputs_, outputs_, logits_.data() + count_ * outputs_);
    std::copy_n(rows.labels + i * answers_, answers_, labels_.data() + count_ * answers_);
    weights_[count_++] = rows.weights[i];
  }
}

void CalibrationFit::finish(std::vector<double>& results) {
  const Calibration best = kind_ == MetricKind::platt ? fitPlatt() : fitTemperature();
  results.insert(results.end(), {best.slope, best.intercept});
}

/// −log softmax(slope·z)_y. Its derivative by the slope is the mean of z under softmax less z_y, its second derivative
/// the variance of z.
CalibrationFit::Objective CalibrationFit::ofClasses(double slope) const {
  Objective sum;
  for (size_t i = 0; i < count_; ++i) {
    const double* const z = logits_.data() + i * outputs_;
    const double top = z[largest(z, outputs_)];
    double total = 0, mean = 0, squares = 0;  // mean and squares: of z − top with the weights p (West 1979)
    for (size_t j = 0; j < outputs_; ++j) {
      const double apart = z[j] - top, p = std::exp(slope * apart);
      if (!(p > 0)) continue;
      total += p;
      const double ofMean = apart - mean;
      mean += p / total * ofMean;
      squares += p * ofMean * (apart - mean);
    }
    const double ofLabel = z[labels_[i]] - top;
    sum.loss += weights_[i] * (std::log(total) - slope * ofLabel);
    sum.slope += weights_[i] * (mean - ofLabel);
    sum.slopes += weights_[i] * squares / total;
  }
  return sum;
}

/// −t log σ(x) − (1 − t) log(1 − σ(x)), where x = slope·z + intercept.
CalibrationFit::Objective CalibrationFit::ofAnswers(const Calibration& at, double yes, double no) const {
  Objective sum;
  for (size_t k = 0; k < count_ * outputs_; ++k) {
    const double z = logits_[k], x = at.slope * z + at.intercept, weight = weights_[k / outputs_];
    const double target = labels_[k] ? yes : no;
    const double e = std::exp(-std::abs(x)), p = (x < 0 ? e : 1) / (1 + e), spread = e / ((1 + e) * (1 + e));
    const double error = weight * (p - target);
    sum.loss += weight * (std::log1p(e) + std::max(x, 0.0) - target * x);
    sum.slope += error * z;
    sum.intercept += error;
    sum.slopes += weight * spread * z * z;
    sum.both += weight * spread * z;
    sum.intercepts += weight * spread;
  }
  return sum;
}

/// The slope 1/T at which the derivative is 0, by Newton's method within a bracket. The loss is convex.
Calibration CalibrationFit::fitTemperature() const {
  const auto at = [&](double slope) { return task_ == Task::classes ? ofClasses(slope) : ofAnswers({slope, 0}, 1, 0); };
  if (!(at(0).slope < 0)) return {0, 0};
  double low = 0, high = 1;
  for (int i = 0; !(at(high).slope > 0); ++i, high *= 2) {
    if (i == kMostDoublings) return {std::numeric_limits<double>::infinity(), 0};
    low = high;
  }
  double slope = high;
  for (int i = 0; i < kMostIterations; ++i) {
    const Objective here = at(slope);
    if (here.slope == 0) break;
    (here.slope < 0 ? low : high) = slope;
    double next = slope - here.slope / here.slopes;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (next == slope) break;
    slope = next;
  }
  return {slope, 0};
}

/// Moves and scales the logits of one output so that their mean is 0 and the largest magnitude 1. Returns slope and
/// intercept of this map: new = slope·old + intercept.
Calibration CalibrationFit::standardize() {
  double weight = 0, mean = 0, most = 0;
  for (size_t i = 0; i < count_; ++i) {
    weight += weights_[i];
    mean += weights_[i] / weight * (logits_[i] - mean);
  }
  for (size_t i = 0; i < count_; ++i) most = std::max(most, std::abs(logits_[i] - mean));
  const double scale = most > 0 ? 1 / most : 1;
  for (size_t i = 0; i < count_; ++i) logits_[i] = (logits_[i] - mean) * scale;
  return {scale, -mean * scale};
}

/// Platt scaling (Platt 1999), whose targets are (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), where N₊ and N₋ are the weights of
/// rows with the answers yes and no. Newton's method with backtracking (Lin, Lin & Weng 2007), on standardized logits:
/// far from 0, a change of the slope and one of the intercept have nearly the same effect.
Calibration CalibrationFit::fitPlatt() {
  const Calibration standard = standardize();
  double ofYes = 0, ofNo = 0;
  for (size_t i = 0; i < count_; ++i) (labels_[i] ? ofYes : ofNo) += weights_[i];
  const double yes = (ofYes + 1) / (ofYes + 2), no = 1 / (ofNo + 2);
  Calibration at{0, std::log((ofYes + 1) / (ofNo + 1))};
  Objective here = ofAnswers(at, yes, no);
  double before = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kMostIterations; ++i) {
    // A ridge keeps the matrix of second derivatives regular where all logits are equal.
    const double ridge = 1e-14 * (here.slopes + here.intercepts);
    const double slopes = here.slopes + ridge, intercepts = here.intercepts + ridge;
    const double determinant = slopes * intercepts - here.both * here.both;
    const double bySlope = (intercepts * here.slope - here.both * here.intercept) / determinant;
    const double byIntercept = (slopes * here.intercept - here.both * here.slope) / determinant;
    // Twice the decrease that a step promises. Near the minimum it is below the rounding of the loss. Steps are then
    // taken for as long as it shrinks.
    const double promise = bySlope * here.slope + byIntercept * here.intercept;
    const bool isNear = promise < 1e-10 * here.loss;
    if (!(promise > 0) || (isNear && promise >= before)) break;
    before = promise;
    Calibration next{at.slope - bySlope, at.intercept - byIntercept};
    Objective there = ofAnswers(next, yes, no);
    for (double share = 0.5; !isNear && !(there.loss <= here.loss) && share > 1e-10; share /= 2) {
      next = {at.slope - share * bySlope, at.intercept - share * byIntercept};
      there = ofAnswers(next, yes, no);
    }
    at = next;
    here = there;
  }
  return {at.slope * standard.slope, at.slope * standard.intercept + at.intercept};
}

}  // namespace glissade
