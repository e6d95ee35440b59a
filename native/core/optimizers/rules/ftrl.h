#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// FTRL-Proximal (McMahan et al. 2013, algorithm 1), from any initial θ. z is the paper's z · η, so that η may change.
template <typename Real>
struct Ftrl : UpdateRule {
  static constexpr const char* kName = "ftrl";
  static constexpr Traits kTraits{.idle = true, .followsHyperparameters = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta, l1, l2, initialAccumulator);
  };
  static constexpr State kStates[] = {{"z"}, {.name = "n", .isSquare = true}};
  struct Scalars {
    Real learningRate, beta, l1, l2, begin, initialAccumulator;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    return {Real(h.learningRate),        Real(h.beta),         Real(h.learningRate * h.l1),
            Real(h.learningRate * h.l2), Real(t == 1 ? 1 : 0), Real(t == 1 ? h.initialAccumulator : 0)};
  }

  static Idle idle(const Hyperparameters&) { return {0, {1, 1, 1}}; }

  static void update(const Scalars& s, Real g, Real& theta, Real& z, Real& n) {
    n += s.initialAccumulator;
    const Real before = root(n);
    n += g * g;
    const Real after = root(n);
    // In the first step, z starts where the closed form below gives θ.
    const Real lean = theta > 0 ? s.l1 : theta < 0 ? -s.l1 : theta;
    const Real start = theta * (s.beta + before + s.l2) + lean;
    z = (z - s.begin * start) + (s.learningRate * g - (after - before) * theta);
    const Real reach = z > s.l1 ? s.l1 - z : z < -s.l1 ? -s.l1 - z : z - z;  // z − z is 0, or NaN if z is
    const Real curvature = s.beta + after + s.l2;
    theta = curvature == 0 ? theta : reach / curvature;
  }
};

}  // namespace
}  // namespace glissade
