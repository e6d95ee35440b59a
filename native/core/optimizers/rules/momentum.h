#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// The lecture's momentum: an exponential moving average of descent directions, bias-corrected.
template <typename Real>
struct Momentum : UpdateRule {
  static constexpr const char* kName = "momentum";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, decay, biasCorrection);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}};
  struct Scalars {
    Real decay, rest, stepSize, ahead;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const auto corrected = [&](int64_t steps) {
      return h.learningRate / (h.biasCorrection != 0 ? 1 - power(h.decay, steps) : 1);
    };
    return {Real(h.decay), Real(1 - h.decay), Real(corrected(t)), t == 1 ? Real(0) : Real(h.decay * corrected(t - 1))};
  }

  static Idle idle(const Hyperparameters& h) {
    const auto decay = double(Real(h.decay));
    return {decay, {1, decay}};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m) {
    m = s.decay * m - s.rest * g;
    theta += s.stepSize * m;
  }
};

/// Nesterov's variant: the gradient is taken where the average alone would lead (Sutskever et al. 2013, section 2).
template <typename Real>
struct NesterovMomentum : Momentum<Real> {
  static constexpr const char* kName = "momentum.nesterov";
  static constexpr Traits kTraits{.gradientPoint = true};

  static Idle idle() = delete;  // gradient points depend on the averages of all rows, of idle ones too

  static Real gradientPoint(const typename Momentum<Real>::Scalars& s, Real theta, Real m) {
    return theta + s.ahead * m;
  }
};

}  // namespace
}  // namespace glissade
