#pragma once

#include <cstdint>

#include "arch/kernels.h"
#include "arch/real.h"

namespace glissade {
namespace {

/// FTRL-Proximal (McMahan et al. 2013, algorithm 1), from any θ.
template <typename Real>
struct Ftrl {
  static constexpr const char* kName = "ftrl";
  struct Hyperparameters {
    double learningRate, beta, l1, l2, initialAccumulator;
  };
  static constexpr const char* kHyperparameters[] = {"learningRate", "beta", "l1", "l2", "initialAccumulator"};
  static constexpr State kStates[] = {{"z"}, {"n"}};
  static constexpr int kTotals = 1;  // 1/η of the last step that had an η above 0, or 0
  struct Scalars {
    Real gain, inverseRate, inverseRateChange, beta, l1, l2, keep, begin, initialAccumulator;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    double& previous = totals[0];
    if (t == 1) previous = 0;
    if (h.learningRate == 0) return {0, 0, 0, Real(h.beta), Real(h.l1), 0, 1, 0, 0};  // changes nothing
    const bool first = previous == 0;
    const double inverse = 1 / h.learningRate, change = first ? 0 : inverse - previous;
    previous = inverse;
    return {1,
            Real(inverse),
            Real(change),
            Real(h.beta),
            Real(h.l1),
            Real(h.l2),
            Real(first ? 0 : 1),
            Real(first ? 1 : 0),
            Real(first ? h.initialAccumulator : 0)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& z, Real& n) {
    g *= s.gain;
    n = s.keep * n + s.initialAccumulator;
    const Real before = root(n);
    // Where z starts, the closed form below gives θ.
    const Real lean = theta > 0 ? s.l1 : theta < 0 ? -s.l1 : theta;
    const Real start = theta * ((s.beta + before) * s.inverseRate + s.l2) + lean;
    n += g * g;
    const Real after = root(n);
    // The growth of (β + √n)/η
    const Real sigma = (after - before) * s.inverseRate + (s.beta + before) * s.inverseRateChange;
    z = (s.keep * z - s.begin * start) + (g - sigma * theta);
    const Real reach = z > s.l1 ? s.l1 - z : z < -s.l1 ? -s.l1 - z : z - z;  // the last is zero, or NaN to be seen
    const Real curvature = (s.beta + after) * s.inverseRate + s.l2;
    theta = curvature == 0 ? theta : reach / curvature;
  }
};

}  // namespace
}  // namespace glissade
