#pragma once

#include "optimizers/rules/adamw.h"

namespace glissade {
namespace {

/// NAdam (Dozat 2016, algorithm 8): Adam whose m̂ looks ahead as Nesterov's momentum does, with the μ_t of section 3.3.
template <typename Real>
struct NAdam : Adam<Real> {
  static constexpr const char* kName = "nadam";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, epsilon, momentumDecay, weightDecay);
  };
  static constexpr Total kTotals[] = {{0, 1}};  // the product of all μ
  struct Scalars : Adam<Real>::Scalars {
    Real ofGradient, ofMoment;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    const auto mu = [&](int64_t step) {
      return h.beta1 * (1 - 0.5 * power(0.96, static_cast<double>(step) * h.momentumDecay));
    };
    const double product = (t == 1 ? 1 : totals[0]) * mu(t);
    totals[0] = product;
    return {Adam<Real>::prepare({h.learningRate, h.beta1, h.beta2, h.epsilon, h.weightDecay}, t),
            Real(h.learningRate * (1 - mu(t)) / (1 - product)),
            Real(h.learningRate * mu(t + 1) / (1 - product * mu(t + 1)))};
  }

  static Idle idle() = delete;  // the product of μ over many steps has no closed form

  static void update(const Scalars& s, Real g, Real& theta, Real& m, Real& v) {
    g += s.weightDecay * theta;
    Adam<Real>::moments(s, g, m, v);
    theta -= (s.ofGradient * g + s.ofMoment * m) / Adam<Real>::divisor(s, v);
  }
};

template <typename Real>
struct NAdamW : DecoupledDecay<Real, NAdam<Real>> {
  static constexpr const char* kName = "nadam.decoupled";
};

}  // namespace
}  // namespace glissade
