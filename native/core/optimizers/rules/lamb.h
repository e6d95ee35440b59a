#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2): AdamW's direction (weight decay included), scaled in each
/// array so that the step's norm is η times that of the parameters. If either norm is 0, the step is η times the
/// direction.
template <typename Real>
struct Lamb : UpdateRule {
  static constexpr const char* kName = "lamb";
  static constexpr Traits kTraits{.sums = 2, .scope = Scope::array, .dividesSafely = true};  // θ², r²
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, epsilon, weightDecay, biasCorrection);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}, {"v", Moment::unsignedMoment}};
  struct Scalars {
    double learningRate;
    Real beta1, rest1, beta2, rest2, mScale, vScale, epsilon, weightDecay, stepSize;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const bool corrects = h.biasCorrection != 0;
    return {h.learningRate,
            Real(h.beta1),
            Real(1 - h.beta1),
            Real(h.beta2),
            Real(1 - h.beta2),
            Real(corrects ? 1 / (1 - power(h.beta1, t)) : 1),
            Real(corrects ? 1 / root(1 - power(h.beta2, t)) : 1),
            Real(h.epsilon),
            Real(h.weightDecay),
            Real(h.learningRate)};
  }

  static Real unscaledStep(const Scalars& s, Real theta, Real m, Real v) {
    return ratio(s.mScale * m, root(v) * s.vScale + s.epsilon) + s.weightDecay * theta;
  }

  static void measure(const Scalars& s, Real g, Real theta, Real& m, Real& v, double* terms) {
    m = s.beta1 * m + s.rest1 * g;
    v = s.beta2 * v + s.rest2 * (g * g);
    const double r = unscaledStep(s, theta, m, v);
    terms[0] = double(theta) * double(theta);
    terms[1] = r * r;
  }

  static void conclude(const double* sums, double*, Scalars& s) {
    const double parameters = root(sums[0]), direction = root(sums[1]);
    if (parameters == 0 || direction == 0) return;
    s.stepSize = Real(s.learningRate * parameters / direction);
  }

  static void update(const Scalars& s, Real, Real& theta, Real& m, Real& v) {
    theta -= s.stepSize * unscaledStep(s, theta, m, v);
  }
};

}  // namespace
}  // namespace glissade
