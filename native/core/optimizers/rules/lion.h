#pragma once

#include <cstdint>

#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Lion (Chen et al. 2023, arXiv:2302.06675, algorithm 2): the sign of an average, with decoupled weight decay.
template <typename Real>
struct Lion : UpdateRule {
  static constexpr const char* kName = "lion";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, weightDecay);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, beta1, rest1, beta2, rest2, keep;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate), Real(h.beta1),     Real(1 - h.beta1),
            Real(h.beta2),        Real(1 - h.beta2), Real(1 - h.learningRate * h.weightDecay)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m) {
    const Real c = s.beta1 * m + s.rest1 * g;
    m = s.beta2 * m + s.rest2 * g;
    theta *= s.keep;
    theta -= c > 0 ? s.learningRate : c < 0 ? -s.learningRate : c;  // c is 0, or NaN
  }
};

}  // namespace
}  // namespace glissade
