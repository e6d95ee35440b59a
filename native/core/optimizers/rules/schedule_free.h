#pragma once

#include <cstdint>
#include <limits>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Schedule-free learning (Defazio et al. 2024, arXiv:2405.15682) over any direction, as in the authors' code. θ is
/// y = (1 − β)z + βx, where gradients are taken. x, the average of z, follows from y and z.
template <typename Real>
struct ScheduleFree {
  // the sum of weights, the largest η, the last β
  static constexpr Total kTotals[] = {
      {0, Total::kLargest}, {0, Total::kLargest}, {std::numeric_limits<double>::min(), 1}};
  struct Averaging {
    Real learningRate, kept, length, beyond, weightDecay;
  };

  template <typename Hyperparameters>
  static Averaging prepare(const Hyperparameters& h, int64_t t, double* totals) {
    double &weights = totals[0], &largest = totals[1], &beta = totals[2];
    if (t == 1) {
      weights = largest = 0;
      beta = h.beta1;
    }
    const auto step = static_cast<double>(t);
    const double rate = step < h.warmupSteps ? h.learningRate * (step / h.warmupSteps) : h.learningRate;
    if (rate > largest) largest = rate;
    const double ofRate = largest == 0 && h.weightRatePower > 0 ? 0 : power(largest, h.weightRatePower);
    const double weight = power(step, h.weightStepPower) * ofRate;
    weights += weight;
    const double rest = weights > 0 ? 1 - weight / weights : 1;  // the weight of the old x in the new one
    const double kept = h.beta1 / beta * rest;
    beta = h.beta1;
    return {Real(rate), Real(kept), Real(rate * (1 - beta * rest)), Real((1 - beta) / beta), Real(h.weightDecay)};
  }

  /// One step along a direction; y − z = β(x − z) before and after.
  static void follow(const Averaging& s, Real direction, Real& theta, Real& z) {
    direction += s.weightDecay * theta;
    theta = z + s.kept * (theta - z) - s.length * direction;
    z -= s.learningRate * direction;
  }

  static Real average(const Averaging& s, Real theta, Real z) { return theta + s.beyond * (theta - z); }
};

template <typename Real>
struct ScheduleFreeSgd : UpdateRule {
  static constexpr const char* kName = "scheduleFree.sgd";
  static constexpr Traits kTraits{.evaluationPoint = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, weightDecay, warmupSteps, weightStepPower, weightRatePower);
  };
  static constexpr State kStates[] = {{"z", Moment::none, Extent::element, true}};
  static constexpr auto& kTotals = ScheduleFree<Real>::kTotals;
  using Scalars = typename ScheduleFree<Real>::Averaging;

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    return ScheduleFree<Real>::prepare(h, t, totals);
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& z) { ScheduleFree<Real>::follow(s, g, theta, z); }

  static Real evaluationPoint(const Scalars& s, Real theta, Real z) { return ScheduleFree<Real>::average(s, theta, z); }
};

/// Schedule-free AdamW, whose direction is the gradient divided by the root of its average square.
template <typename Real>
struct ScheduleFreeAdamW : UpdateRule {
  static constexpr const char* kName = "scheduleFree.adamw";
  static constexpr Traits kTraits{.evaluationPoint = true, .dividesSafely = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, epsilon, weightDecay, warmupSteps, weightStepPower, weightRatePower);
  };
  static constexpr State kStates[] = {{"z", Moment::none, Extent::element, true}, {"v", Moment::unsignedMoment}};
  static constexpr auto& kTotals = ScheduleFree<Real>::kTotals;
  struct Scalars {
    typename ScheduleFree<Real>::Averaging averaging;
    Real beta2, rest2, vScale, epsilon;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    return {ScheduleFree<Real>::prepare(h, t, totals), Real(h.beta2), Real(1 - h.beta2),
            Real(1 / root(1 - power(h.beta2, t))), Real(h.epsilon)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& z, Real& v) {
    v = s.beta2 * v + s.rest2 * (g * g);
    ScheduleFree<Real>::follow(s.averaging, ratio(g, root(v) * s.vScale + s.epsilon), theta, z);
  }

  static Real evaluationPoint(const Scalars& s, Real theta, Real z, Real) {
    return ScheduleFree<Real>::average(s.averaging, theta, z);
  }
};

}  // namespace
}  // namespace glissade
