#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).
template <typename Real>
struct Adam : UpdateRule {
  static constexpr const char* kName = "adam";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, epsilon, weightDecay);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}};
  struct Scalars {
    Real beta1, rest1, beta2, rest2, stepSize, vScale, epsilon, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double correction1 = 1 - power(h.beta1, t), correction2 = 1 - power(h.beta2, t);
    return {Real(h.beta1),
            Real(1 - h.beta1),
            Real(h.beta2),
            Real(1 - h.beta2),
            Real(h.learningRate / correction1),
            Real(1 / root(correction2)),
            Real(h.epsilon),
            Real(h.weightDecay)};
  }

  /// Steps shrink by β₁ where √v is far below ε, and by β₁/√β₂ where it is far above. With β₁/√β₂ ≥ 1 they grow until
  /// √v is below ε. How many steps that takes depends on v, so each has to be taken (fading 1).
  static Idle idle(const Hyperparameters& h) {
    const double shrinkage = h.beta1 == 0 ? 0 : h.beta1 / root(h.beta2);
    return {h.weightDecay != 0 || shrinkage >= 1 ? 1 : shrinkage, {1, double(Real(h.beta1)), double(Real(h.beta2)), 1}};
  }

  static void moments(const Scalars& s, Real g, Real& m, Real& v) {
    m = s.beta1 * m + s.rest1 * g;
    v = s.beta2 * v + s.rest2 * (g * g);
  }

  static Real divisor(const Scalars& s, Real v) { return root(v) * s.vScale + s.epsilon; }

  static Real step(const Scalars& s, Real m, Real v) { return s.stepSize * m / divisor(s, v); }

  static void update(const Scalars& s, Real g, Real& theta, Real& m, Real& v) {
    g += s.weightDecay * theta;
    moments(s, g, m, v);
    theta -= step(s, m, v);
  }
};

/// AMSGrad (Reddi, Kale & Kumar 2018, algorithm 2): Adam with the largest v so far in the denominator.
template <typename Real>
struct AmsGrad : Adam<Real> {
  static constexpr const char* kName = "adam.amsgrad";
  static constexpr State kStates[] = {
      {"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}, {"vMax", Moment::unsignedMoment}};

  static void update(const typename Adam<Real>::Scalars& s, Real g, Real& theta, Real& m, Real& v, Real& vMax) {
    g += s.weightDecay * theta;
    Adam<Real>::moments(s, g, m, v);
    vMax = v > vMax ? v : vMax;
    theta -= Adam<Real>::step(s, m, vMax);
  }
};

}  // namespace
}  // namespace glissade
