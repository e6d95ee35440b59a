#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Resilient backpropagation (Riedmiller & Braun 1993), without weight-backtracking.
template <typename Real>
struct Rprop : UpdateRule {
  static constexpr const char* kName = "rprop";
  static constexpr Traits kTraits{};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, etaMinus, etaPlus, minStep, maxStep);
  };
  static constexpr State kStates[] = {{"previous"}, {"step"}};
  struct Scalars {
    Real start, etaMinus, etaPlus, minStep, maxStep;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    return {t == 1 ? Real(h.learningRate) : Real(0), Real(h.etaMinus), Real(h.etaPlus), Real(h.minStep),
            Real(h.maxStep)};
  }

  static void update(const Scalars& s, Real g, Real& theta, Real& previous, Real& step) {
    const Real agreement = sign(g) * sign(previous);  // of signs, since a product of small gradients underflows
    step = (step + s.start) * (agreement > 0 ? s.etaPlus : agreement < 0 ? s.etaMinus : Real(1));
    step = step < s.minStep ? s.minStep : step;
    step = step > s.maxStep ? s.maxStep : step;
    previous = agreement < 0 ? Real(0) : g;
    theta -= sign(previous) * step;
  }
};

}  // namespace
}  // namespace glissade
