#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Adafactor for vectors (Shazeer & Stern 2018, arXiv:1804.04235, algorithm 5, with relative step sizes).
template <typename Real>
struct AdafactorVector : UpdateRule {
  static constexpr const char* kName = "adafactor.vector";
  static constexpr Traits kTraits{.sums = 3};  // θ², u² and the number of elements
  struct Hyperparameters {
    double learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay;
  };
  static constexpr const char* kHyperparameters[] = {"learningRate", "beta2Decay",    "epsilon1",
                                                     "epsilon2",     "clipThreshold", "weightDecay"};
  static constexpr State kStates[] = {{"variance", Moment::unsignedMoment}};
  struct Scalars {
    double relativeStep, epsilon2, clipThreshold, rest2;  // rest2: 1 − β₂
    Real keep, beta2, newShare, leastVariance, stepSize;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double rest2 = power(static_cast<double>(t), h.beta2Decay), cap = 1 / root(static_cast<double>(t));
    // An ε₁ of 0 stands for PyTorch's default, the machine epsilon.
    const double epsilon1 = h.epsilon1 != 0 ? h.epsilon1 : (sizeof(Real) == 4 ? 0x1p-23 : 0x1p-52);
    constexpr double leastSquare = sizeof(Real) == 4 ? 0x1p-126 : 0x1p-1022;  // ε₁² is a divisor and must not become 0
    return {h.learningRate < cap ? h.learningRate : cap,
            h.epsilon2,
            h.clipThreshold,
            rest2,
            Real(1 - h.learningRate * h.weightDecay),
            Real(1 - rest2),
            Real(rest2),
            Real(epsilon1 * epsilon1 > leastSquare ? epsilon1 * epsilon1 : leastSquare),
            0};
  }

  static void conclude(const double* sums, double*, Scalars& s) {
    const double rmsOfTheta = root(sums[0] / sums[2]), rmsOfUpdate = root(sums[1] / sums[2]);
    const double size = rmsOfTheta > s.epsilon2 ? rmsOfTheta : s.epsilon2;
    const double excess = rmsOfUpdate / s.clipThreshold;
    s.stepSize = Real(s.relativeStep * size / (excess > 1 ? excess : 1));
  }

  static Real scaled(const Scalars& s, Real g, Real variance) {
    return g / root(variance > s.leastVariance ? variance : s.leastVariance);
  }

  static void sum(double theta, double u, double* terms) {
    terms[0] = theta * theta;
    terms[1] = u * u;
    terms[2] = 1;
  }

  static void measure(const Scalars& s, Real g, Real theta, Real& variance, double* terms) {
    variance = s.beta2 * variance + s.newShare * (g * g);
    sum(theta, scaled(s, g, variance), terms);
  }

  static void update(const Scalars& s, Real g, Real& theta, Real variance) {
    theta = s.keep * theta - s.stepSize * scaled(s, g, variance);
  }
};

/// Adafactor for matrices (algorithm 4). The variance of an element is row mean · column mean / mean of the row means.
/// FactoredVariance has already divided `g` by its root.
template <typename Real>
struct Adafactor : AdafactorVector<Real> {
  static constexpr const char* kName = "adafactor";
  static constexpr Traits kTraits{.transform = Transform::factored, .sums = 3};
  static constexpr State kStates[] = {{.name = "row", .extent = Extent::row, .isSquare = true},
                                      {.name = "column", .extent = Extent::column, .isSquare = true}};
  using Scalars = typename AdafactorVector<Real>::Scalars;

  static void measure(const Scalars&, Real g, Real theta, double* terms) {
    AdafactorVector<Real>::sum(theta, g, terms);
  }

  static void update(const Scalars& s, Real g, Real& theta) { theta = s.keep * theta - s.stepSize * g; }
};

}  // namespace
}  // namespace glissade
