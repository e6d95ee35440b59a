#pragma once

#include "optimizers/rules/adamw.h"

namespace glissade {
namespace {

/// RAdam (Liu et al. 2020, arXiv:1908.03265, algorithm 2): Adam that ignores v while it averages too few squares.
template <typename Real>
struct RAdam : Adam<Real> {
  using typename Adam<Real>::Hyperparameters;
  static constexpr const char* kName = "radam";
  struct Scalars : Adam<Real>::Scalars {
    bool rectifies;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double decayed = power(h.beta2, t), correction = 1 - decayed;
    const double longest = 2 / (1 - h.beta2) - 1;  // ρ∞
    const double length = longest - 2 * static_cast<double>(t) * decayed / correction;
    const bool rectifies = length > 5;
    const double rectification =
        rectifies
            ? root((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) * root(correction)
            : 1;
    Scalars s{Adam<Real>::prepare(h, t), rectifies};
    s.stepSize = Real(h.learningRate / (1 - power(h.beta1, t)) * rectification);
    s.vScale = 1;  // ε is added before v's bias is corrected
    return s;
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& m, Real& v) {
    g += s.weightDecay * theta;
    Adam<Real>::moments(s, g, m, v);
    theta -= s.rectifies ? Adam<Real>::step(s, m, v) : s.stepSize * m;
  }
};

template <typename Real>
struct RAdamW : DecoupledDecay<Real, RAdam<Real>> {
  static constexpr const char* kName = "radam.decoupled";
};

}  // namespace
}  // namespace glissade
