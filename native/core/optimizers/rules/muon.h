#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// The factor of an orthogonal step: √(outputs/inputs), but at least 1; or one that makes it as large as AdamW's step.
enum class MuonSize { outputsInRows, outputsInColumns, matchingAdamW };

/// Muon (Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982, section 2): momentum whose matrix is made orthogonal.
/// `g` of `update` is that matrix.
template <typename Real>
struct Muon : UpdateRule {
  static constexpr const char* kName = "muon";
  static constexpr Traits kTraits{.transform = Transform::orthogonal};
  struct Hyperparameters {
    double learningRate, momentum, nesterov, newtonSchulzSteps, weightDecay, precision;
  };
  static constexpr const char* kHyperparameters[] = {"learningRate",      "momentum",    "nesterov",
                                                     "newtonSchulzSteps", "weightDecay", "precision"};
  static constexpr State kStates[] = {{"b", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, keep, momentum, rest;
    bool nesterov;
    MuonSize size;
    int newtonSchulzSteps;
    bool isRounded;  // factors of products, to bfloat16
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate),
            Real(1 - h.learningRate * h.weightDecay),
            Real(h.momentum),
            Real(1 - h.momentum),
            h.nesterov != 0,
            MuonSize::outputsInRows,
            static_cast<int>(h.newtonSchulzSteps),
            h.precision != 0};
  }

  static Real direction(const Scalars& s, Real g, Real, Real& b) {
    b = s.momentum * b + s.rest * g;
    return s.nesterov ? s.momentum * b + s.rest * g : b;
  }

  static void update(const Scalars& s, Real g, Real& theta, Real) { theta = s.keep * theta - s.learningRate * g; }
};

template <typename Real, MuonSize kSize>
struct MuonOfSize : Muon<Real> {
  static typename Muon<Real>::Scalars prepare(const typename Muon<Real>::Hyperparameters& h, int64_t t) {
    typename Muon<Real>::Scalars s = Muon<Real>::prepare(h, t);
    s.size = kSize;
    return s;
  }
};

/// Muon for matrices whose columns stand for outputs and rows for inputs.
template <typename Real>
struct MuonByColumns : MuonOfSize<Real, MuonSize::outputsInColumns> {
  static constexpr const char* kName = "muon.byColumns";
};

/// Muon with steps as large as AdamW's (Liu et al. 2025, equation 4).
template <typename Real>
struct MuonMatchingAdamW : MuonOfSize<Real, MuonSize::matchingAdamW> {
  static constexpr const char* kName = "muon.matchingAdamW";
};

}  // namespace
}  // namespace glissade
