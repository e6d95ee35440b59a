#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// AdaMax (Kingma & Ba 2015, arXiv:1412.6980, algorithm 2), with ε in the maximum.
template <typename Real>
struct Adamax : UpdateRule {
  static constexpr const char* kName = "adamax";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, epsilon, weightDecay);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"u", Moment::unsignedMoment}};
  struct Scalars {
    Real beta1, rest1, beta2, stepSize, epsilon, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    return {Real(h.beta1),   Real(1 - h.beta1),  Real(h.beta2), Real(h.learningRate / (1 - power(h.beta1, t))),
            Real(h.epsilon), Real(h.weightDecay)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m, Real& u) {
    g += s.weightDecay * theta;
    m = s.beta1 * m + s.rest1 * g;
    const Real decayed = s.beta2 * u, size = absolute(g) + s.epsilon;
    u = decayed > size ? decayed : size;
    theta -= s.stepSize * m / u;
  }
};

}  // namespace
}  // namespace glissade
