#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// AdaGrad with one sum of squares for each row of a matrix, as tables of embeddings are trained (Naumov et al. 2019,
/// arXiv:1906.00091; "exact row-wise AdaGrad" in FBGEMM).
template <typename Real>
struct RowWiseAdagrad : UpdateRule {
  static constexpr const char* kName = "rowWiseAdagrad";
  static constexpr Traits kTraits{.idle = true, .replacement = Replacement::rowFactors};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, epsilon, initialAccumulator, learningRateDecay);
  };
  static constexpr State kStates[] = {{.name = "v", .extent = Extent::row, .isSquare = true}};
  struct Scalars {
    Real learningRate, epsilon, start;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double decayed = h.learningRate / (1 + static_cast<double>(t - 1) * h.learningRateDecay);
    return {Real(decayed), Real(h.epsilon), t == 1 ? Real(h.initialAccumulator) : Real(0)};
  }

  static Idle idle(const Hyperparameters&) { return {0, {1, 1}}; }

  static Real rowFactor(const Scalars& s, double meanSquare, Real& v) {
    v = (v + s.start) + Real(meanSquare);
    return ratio(Real(1), root(v) + s.epsilon);
  }

  static void update(const Scalars& s, Real g, Real& theta) { theta -= s.learningRate * g; }
};

}  // namespace
}  // namespace glissade
