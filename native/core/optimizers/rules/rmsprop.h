#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// RMSProp (Tieleman & Hinton 2012), over a moving average of squares or, as in the lecture, a decaying sum.
template <typename Real>
struct RmsProp : UpdateRule {
  static constexpr const char* kName = "rmsprop";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, decay, epsilon, momentum, weightDecay, normalized, biasCorrection);
  };
  static constexpr State kStates[] = {{"v", Moment::unsignedMoment}};
  struct Scalars {
    Real learningRate, decay, rest, scale, epsilon, momentum, weightDecay;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double rest = h.normalized != 0 ? 1 - h.decay : 1;
    const double correction = h.biasCorrection != 0 ? 1 - power(h.decay, t) : 1;
    return {Real(h.learningRate), Real(h.decay),    Real(rest),         Real(1 / root(correction)),
            Real(h.epsilon),      Real(h.momentum), Real(h.weightDecay)};
  }

  static Real divisor(const Scalars& s, Real g, Real& v) {
    v = s.decay * v + s.rest * (g * g);
    return root(v) * s.scale + s.epsilon;
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& v) {
    g += s.weightDecay * theta;
    theta -= s.learningRate * g / divisor(s, g, v);
  }
};

/// RMSProp that divides by the standard deviation (Graves 2013, arXiv:1308.0850, equations 38 to 40). v and m² nearly
/// cancel, so neither state may be stored in low precision.
template <typename Real>
struct CenteredRmsProp : RmsProp<Real> {
  using typename RmsProp<Real>::Scalars;
  static constexpr const char* kName = "rmsprop.centered";
  static constexpr State kStates[] = {{.name = "v", .isSquare = true}, {"m"}};

  static Real divisor(const Scalars& s, Real g, Real& v, Real& m) {
    v = s.decay * v + s.rest * (g * g);
    m = s.decay * m + s.rest * g;
    const Real variance = v - m * m;
    return root(variance > 0 ? variance : Real(0)) * s.scale + s.epsilon;
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& v, Real& m) {
    g += s.weightDecay * theta;
    theta -= s.learningRate * g / divisor(s, g, v, m);
  }
};

/// RMSProp with momentum (heavy ball) over the divided gradient.
template <typename Real, typename Inner>
struct HeavyRmsProp : Inner {
  template <typename... State>
  static void update(const typename Inner::Scalars& s, Real g, Real& theta, Real& b, State&... state) {
    g += s.weightDecay * theta;
    b = s.momentum * b + g / Inner::divisor(s, g, state...);
    theta -= s.learningRate * b;
  }
};

template <typename Real>
struct RmsPropMomentum : HeavyRmsProp<Real, RmsProp<Real>> {
  static constexpr const char* kName = "rmsprop.momentum";
  static constexpr State kStates[] = {{"b", Moment::signedMoment}, {"v", Moment::unsignedMoment}};
};

template <typename Real>
struct CenteredRmsPropMomentum : HeavyRmsProp<Real, CenteredRmsProp<Real>> {
  static constexpr const char* kName = "rmsprop.centered.momentum";
  static constexpr State kStates[] = {{"b", Moment::signedMoment}, {.name = "v", .isSquare = true}, {"m"}};
};

}  // namespace
}  // namespace glissade
