#pragma once

#include <algorithm>
#include <cstdint>

#include "arch/real.h"
#include "matrix/newton_schulz.h"
#include "optimizers/matrix_step.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// What an orthogonal step is multiplied by: √(outputs/inputs), but at least 1; or what makes it as large as AdamW's
/// step (Liu et al. 2025, equation 4).
enum class MuonSize { outputsInRows, outputsInColumns, matchingAdamW };
constexpr const char* kMuonNames[] = {"muon", "muon.byColumns", "muon.matchingAdamW"};

/// Muon (Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982, section 2): momentum whose matrix is made orthogonal.
/// `g` of `update` is that matrix.
template <typename Real, MuonSize kSize>
struct Muon : UpdateRule {
  static constexpr const char* kName = kMuonNames[static_cast<int>(kSize)];
  static constexpr Traits kTraits{.replacement = Replacement::matrix};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, momentum, nesterov, newtonSchulzSteps, weightDecay, precision);
  };
  static constexpr State kStates[] = {{"b", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, keep, momentum, rest;
    bool nesterov;
    int newtonSchulzSteps;
    Precision precision;  // of factors in products
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate),
            Real(1 - h.learningRate * h.weightDecay),
            Real(h.momentum),
            Real(1 - h.momentum),
            h.nesterov != 0,
            static_cast<int>(h.newtonSchulzSteps),
            h.precision != 0 ? Precision::bfloat16 : Precision::full};
  }

  static Real direction(const Scalars& s, Real g, Real, Real& b) {
    b = s.momentum * b + s.rest * g;
    return s.nesterov ? s.momentum * b + s.rest * g : b;
  }

  struct Workspace : NewtonSchulz<Real> {
    explicit Workspace(WorkspaceMemory<Real>& m) : NewtonSchulz<Real>(m.arena, m.panelWidth, m.rows, m.columns) {}
  };

  static void after(const Scalars& s, MatrixStep<Real>& m) {
    Workspace(m.memory).orthogonalize(m.algebra(s.precision), m.direction, s.newtonSchulzSteps,
                                      stepSize(double(m.rows), double(m.columns)));
  }

  static double stepSize(double rows, double columns) {
    switch (kSize) {
      case MuonSize::outputsInRows: return root(std::max(1.0, rows / columns));
      case MuonSize::outputsInColumns: return root(std::max(1.0, columns / rows));
      case MuonSize::matchingAdamW: return 0.2 * root(std::max(rows, columns));
    }
    __builtin_unreachable();
  }

  static void update(const Scalars& s, Real g, Real& theta, Real) { theta = s.keep * theta - s.learningRate * g; }
};

}  // namespace
}  // namespace glissade
