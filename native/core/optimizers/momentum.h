#pragma once

#include <cstdint>

#include "arch/real.h"

namespace glissade {
namespace {

/// The lecture's momentum: an exponential moving average of descent directions, bias-corrected.
template <typename Real>
struct Momentum {
  static constexpr const char* kName = "momentum";
  struct Hyperparameters {
    double learningRate, decay, biasCorrection;
  };
  static constexpr const char* kHyperparameters[] = {"learningRate", "decay", "biasCorrection"};
  static constexpr const char* kStates[] = {"m"};
  struct Scalars {
    Real decay, rest, stepSize;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double correction = h.biasCorrection != 0 ? 1 - power(h.decay, t) : 1;
    return {Real(h.decay), Real(1 - h.decay), Real(h.learningRate / correction)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m) {
    m = s.decay * m - s.rest * g;
    theta += s.stepSize * m;
  }
};

}  // namespace
}  // namespace glissade
