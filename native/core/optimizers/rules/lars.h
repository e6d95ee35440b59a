#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// LARS (You, Gitman & Ginsburg 2017, arXiv:1708.03888, algorithm 1): SGD with momentum whose learning rate is scaled,
/// in each array, by the norm of the parameters over that of the gradient.
template <typename Real>
struct Lars : UpdateRule {
  static constexpr const char* kName = "lars";
  static constexpr Traits kTraits{.sums = 2, .scope = Scope::array, .dividesSafely = true};  // θ², g²
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, momentum, trustCoefficient, epsilon, weightDecay, nesterov);
  };
  static constexpr State kStates[] = {{"v", Moment::signedMoment}};
  struct Scalars {
    Hyperparameters h;
    Real stepSize, momentum, weightDecay;
    bool nesterov;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {h, Real(h.learningRate), Real(h.momentum), Real(h.weightDecay), h.nesterov != 0};
  }

  static void measure(const Scalars&, Real g, Real theta, Real&, double* terms) {
    terms[0] = double(theta) * double(theta);
    terms[1] = double(g) * double(g);
  }

  static void conclude(const double* sums, double*, Scalars& s) {
    const double parameters = root(sums[0]), gradient = root(sums[1]);
    if (parameters == 0 || gradient == 0) return;
    const double trust = s.h.trustCoefficient * parameters / (gradient + s.h.weightDecay * parameters + s.h.epsilon);
    s.stepSize = Real(s.h.learningRate * trust);
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& v) {
    const Real step = s.stepSize * (g + s.weightDecay * theta);
    v = s.momentum * v + step;
    theta -= s.nesterov ? s.momentum * v + step : v;
  }
};

}  // namespace
}  // namespace glissade
