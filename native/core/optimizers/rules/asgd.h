#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Averaged SGD (Polyak & Juditsky 1992) with the step sizes of Bottou 2012 (Stochastic gradient descent tricks, 5.1).
template <typename Real>
struct Asgd : UpdateRule {
  static constexpr const char* kName = "asgd";
  static constexpr Traits kTraits{.evaluationPoint = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, lambda, alpha, t0, weightDecay);
  };
  static constexpr State kStates[] = {{"ax"}};
  static constexpr Total kTotals[] = {{0, Total::kLargest}, {0, 1}};  // η and μ of the next step
  struct Scalars {
    Real eta, keep, mu, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    const double eta = t == 1 ? h.learningRate : totals[0], mu = t == 1 ? 1 : totals[1];
    const auto steps = static_cast<double>(t);
    totals[0] = h.learningRate / power(1 + h.lambda * h.learningRate * steps, h.alpha);
    totals[1] = steps - h.t0 > 1 ? 1 / (steps - h.t0) : 1;
    return {Real(eta), Real(1 - h.lambda * eta), Real(mu), Real(h.weightDecay)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& ax) {
    g += s.weightDecay * theta;
    theta = s.keep * theta - s.eta * g;
    ax = s.mu == 1 ? theta : ax + s.mu * (theta - ax);
  }

  static Real evaluationPoint(const Scalars&, Real, Real ax) { return ax; }
};

}  // namespace
}  // namespace glissade
