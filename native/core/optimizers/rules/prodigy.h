#pragma once

#include <cstdint>

#include "arch/real.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// Prodigy (Mishchenko & Defazio 2023, arXiv:2306.06101, algorithm 4), as in the authors' code.
template <typename Real>
struct Prodigy : UpdateRule {
  static constexpr const char* kName = "prodigy";
  // Sums: the growth of the numerator of d̂, and |s|.
  static constexpr Traits kTraits{.sums = 2, .scope = Scope::everything, .dividesSafely = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta1, beta2, beta3, epsilon, weightDecay, d0, dCoefficient, growthRate,
                    biasCorrection, safeguardWarmup);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment},
                                      {"v", Moment::unsignedMoment},
                                      {"s"},
                                      {"theta0", Moment::none, Extent::element, true}};
  // d, the largest d̂, the numerator of d̂, steps that counted
  static constexpr Total kTotals[] = {
      {0, Total::kLargest}, {0, Total::kLargest}, {-Total::kLargest, Total::kLargest}, {0, Total::kLargest}};
  struct Scalars {
    double beta3, d0, dCoefficient, growthRate, epsilonPerD, gain, counts;
    Real beta1, rest1, beta2, rest2, sKeep, sGain, stepSize, keep, epsilon;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t, double* totals) {
    if (t == 1) {
      totals[0] = totals[1] = h.d0;
      totals[2] = totals[3] = 0;
    }
    const double d = totals[0];
    const auto k = static_cast<int64_t>(totals[3]) + 1;
    const double correction = h.biasCorrection != 0 ? root(1 - power(h.beta2, k)) / (1 - power(h.beta1, k)) : 1;
    const double rate = d * h.learningRate * correction;
    const double beta3 = h.beta3 != 0 ? h.beta3 : root(h.beta2);
    const bool moves = h.learningRate > 0;
    return {beta3,
            h.d0,
            h.dCoefficient,
            h.growthRate,
            h.epsilon,
            d / h.d0 * rate,
            moves ? 1.0 : 0.0,
            Real(moves ? h.beta1 : 1),
            Real(moves ? d * (1 - h.beta1) : 0),
            Real(moves ? h.beta2 : 1),
            Real(moves ? d * d * (1 - h.beta2) : 0),
            Real(moves ? beta3 : 1),
            Real(moves ? d / h.d0 * (h.safeguardWarmup != 0 ? d : rate) : 0),
            Real(rate),
            Real(1 - rate * h.weightDecay),
            Real(0)};
  }

  static void measure(const Scalars& s, Real g, Real theta, Real& m, Real& v, Real& sum, Real theta0, double* terms) {
    m = s.beta1 * m + s.rest1 * g;
    v = s.beta2 * v + s.rest2 * (g * g);
    sum = s.sKeep * sum + s.sGain * g;
    terms[0] = s.gain * (double(g) * double(theta0 - theta));
    terms[1] = s.counts * double(sum < 0 ? -sum : sum);
  }

  static void conclude(const double* sums, double* totals, Scalars& s) {
    double &d = totals[0], &largest = totals[1], &numerator = totals[2], &steps = totals[3];
    if (sums[1] == 0) {  // no gradient yet: the step does not count
      s.stepSize = 0;
      s.keep = 1;
      return;
    }
    numerator = s.beta3 * numerator + sums[0];
    const double estimate = s.dCoefficient * numerator / sums[1];
    if (d == s.d0 && estimate > d) d = estimate;
    if (estimate > largest) largest = estimate;
    const double limit = s.growthRate == 0 ? largest : d * s.growthRate;
    d = limit < largest ? limit : largest;
    s.epsilon = Real(d * s.epsilonPerD);
    steps += 1;
  }

  static void update(const Scalars& s, Real, Real& theta, Real m, Real v, Real, Real) {
    theta *= s.keep;
    theta -= ratio(s.stepSize * m, root(v) + s.epsilon);
  }
};

}  // namespace
}  // namespace glissade
