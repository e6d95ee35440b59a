#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// AdaGrad (Duchi, Hazan & Singer 2011, figure 1, with diagonal matrices).
template <typename Real>
struct Adagrad : UpdateRule {
  static constexpr const char* kName = "adagrad";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, epsilon, initialAccumulator, learningRateDecay, weightDecay);
  };
  static constexpr State kStates[] = {{.name = "v", .isSquare = true}};
  struct Scalars {
    Real learningRate, epsilon, start, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double decayed = h.learningRate / (1 + static_cast<double>(t - 1) * h.learningRateDecay);
    return {Real(decayed), Real(h.epsilon), t == 1 ? Real(h.initialAccumulator) : Real(0), Real(h.weightDecay)};
  }

  static Idle idle(const Hyperparameters& h) { return {h.weightDecay == 0 ? 0.0 : 1.0, {1, 1}}; }

  static void update(const Scalars& s, Real g, Real& theta, Real& v) {
    g += s.weightDecay * theta;
    v = (v + s.start) + g * g;
    theta -= s.learningRate * g / (root(v) + s.epsilon);
  }
};

}  // namespace
}  // namespace glissade
