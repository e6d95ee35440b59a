#pragma once

#include "optimizers/rules/adam.h"

namespace glissade {
namespace {

/// Decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2) over a rule of Adam's family.
template <typename Real, typename Inner>
struct DecoupledDecay : Inner {
  struct Scalars {
    Real keep;
    typename Inner::Scalars inner;
  };

  template <typename... Totals>
  static Scalars prepare(typename Inner::Hyperparameters h, int64_t t, Totals... totals) {
    const double keep = 1 - h.learningRate * h.weightDecay;
    h.weightDecay = 0;
    return {Real(keep), Inner::prepare(h, t, totals...)};
  }

  static Idle idle(typename Inner::Hyperparameters h) requires(Inner::kTraits.idle) {
    const double keep = 1 - h.learningRate * h.weightDecay;
    h.weightDecay = 0;
    Idle idle = Inner::idle(h);
    idle.factors[0] = double(Real(keep));
    return idle;
  }

  template <typename... State>
  static void update(const Scalars& s, Real g, Real& theta, State&... state) {
    theta *= s.keep;
    Inner::update(s.inner, g, theta, state...);
  }
};

template <typename Real>
struct AdamW : DecoupledDecay<Real, Adam<Real>> {
  static constexpr const char* kName = "adamw";
};

template <typename Real>
struct AmsGradW : DecoupledDecay<Real, AmsGrad<Real>> {
  static constexpr const char* kName = "adamw.amsgrad";
};

}  // namespace
}  // namespace glissade
