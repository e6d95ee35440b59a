#pragma once

#include <cstdint>

#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Stochastic gradient descent (Robbins & Monro 1951), without momentum.
template <typename Real>
struct Sgd : UpdateRule {
  static constexpr const char* kName = "sgd";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, weightDecay);
  };
  struct Scalars {
    Real learningRate, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) { return {Real(h.learningRate), Real(h.weightDecay)}; }

  static Idle idle(const Hyperparameters& h) {
    return {0, {1 - double(Real(h.learningRate)) * double(Real(h.weightDecay))}};
  }

  static void update(const Scalars& s, Real g, Real& theta) {
    g += s.weightDecay * theta;
    theta -= s.learningRate * g;
  }
};

/// SGD with the heavy ball (Polyak 1964) or Nesterov's variant, as Sutskever et al. 2013 and PyTorch write it.
template <typename Real>
struct SgdMomentum : UpdateRule {
  static constexpr const char* kName = "sgd.momentum";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, momentum, dampening, nesterov, weightDecay);
  };
  static constexpr State kStates[] = {{"b", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, momentum, keep, rest, weightDecay;
    bool nesterov;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const bool first = t == 1;  // b starts as the first gradient, undampened
    return {Real(h.learningRate),
            Real(h.momentum),
            first ? Real(0) : Real(h.momentum),
            first ? Real(1) : Real(1 - h.dampening),
            Real(h.weightDecay),
            h.nesterov != 0};
  }

  /// g = λθ; b ← μb + (1 − d)g; θ ← θ − η(g + μb) or θ − ηb: linear in θ and b.
  static Idle idle(const Hyperparameters& h) {
    const double rate = Real(h.learningRate), momentum = Real(h.momentum), decay = Real(h.weightDecay);
    const double intoState = double(Real(1 - h.dampening)) * decay;
    const double ofState = h.nesterov != 0 ? momentum : 1;
    const double decayed = h.nesterov != 0 ? decay + momentum * intoState : intoState;
    Idle idle{h.momentum, {1 - rate * decayed, momentum}};
    idle.thetaFromState = -rate * ofState * momentum;
    idle.stateFromTheta = intoState;
    return idle;
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& b) {
    g += s.weightDecay * theta;
    b = s.keep * b + s.rest * g;
    theta -= s.learningRate * (s.nesterov ? g + s.momentum * b : b);
  }
};

}  // namespace
}  // namespace glissade
