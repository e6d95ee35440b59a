#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Adan (Xie et al. 2022, arXiv:2208.06677, algorithm 1), with the authors' bias corrections.
template <typename Real>
struct Adan : UpdateRule {
  static constexpr const char* kName = "adan";
  static constexpr Traits kTraits{.dividesSafely = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, beta3, epsilon, weightDecay);
  };
  static constexpr State kStates[] = {
      {"m", Moment::signedMoment}, {"v", Moment::signedMoment}, {"n", Moment::unsignedMoment}, {"previousGradient"}};
  struct Scalars {
    Real beta1, rest1, beta2, rest2, beta3, rest3, mStep, vStep, nScale, epsilon, shrink, follows;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    return {Real(h.beta1),
            Real(1 - h.beta1),
            Real(h.beta2),
            Real(1 - h.beta2),
            Real(h.beta3),
            Real(1 - h.beta3),
            Real(h.learningRate / (1 - power(h.beta1, t))),
            Real(h.learningRate * h.beta2 / (1 - power(h.beta2, t))),
            Real(1 / root(1 - power(h.beta3, t))),
            Real(h.epsilon),
            Real(1 / (1 + h.learningRate * h.weightDecay)),
            Real(t == 1 ? 0 : 1)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m, Real& v, Real& n, Real& previousGradient) {
    const Real difference = s.follows * (g - previousGradient);  // 0 in the first step
    const Real ahead = g + s.beta2 * difference;
    m = s.beta1 * m + s.rest1 * g;
    v = s.beta2 * v + s.rest2 * difference;
    n = s.beta3 * n + s.rest3 * (ahead * ahead);
    theta -= ratio(s.mStep * m + s.vStep * v, root(n) * s.nScale + s.epsilon);
    theta *= s.shrink;
    previousGradient = g;
  }
};

}  // namespace
}  // namespace glissade
