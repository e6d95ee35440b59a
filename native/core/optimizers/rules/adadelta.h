#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// ADADELTA (Zeiler 2012, arXiv:1212.5701, algorithm 1), times a learning rate (1 in the paper). v and u are averages:
/// of g², and of the squares of steps before they are multiplied by the learning rate.
template <typename Real>
struct Adadelta : UpdateRule {
  static constexpr const char* kName = "adadelta";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, decay, epsilon, weightDecay);
  };
  static constexpr State kStates[] = {{"v", Moment::unsignedMoment}, {"u", Moment::unsignedMoment}};
  struct Scalars {
    Real learningRate, decay, rest, epsilon, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate), Real(h.decay), Real(1 - h.decay), Real(h.epsilon), Real(h.weightDecay)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& v, Real& u) {
    g += s.weightDecay * theta;
    v = s.decay * v + s.rest * (g * g);
    const Real delta = root(u + s.epsilon) / root(v + s.epsilon) * g;
    u = s.decay * u + s.rest * (delta * delta);
    theta -= s.learningRate * delta;
  }
};

}  // namespace
}  // namespace glissade
