#pragma once

#include "math/activations.h"

namespace glissade {
namespace {

/// −w·y·log σ(z) − (1 − y)·log σ(−z) of a logit z, a target y in [0, 1] and the weight w of positive targets.
/// Smoothing s replaces y by (1 − s)·y + s/2. Both logarithms are computed without cancellation, as
///
///     −log σ(z) = log(1 + e^−|z|) + max(−z, 0)     −log σ(−z) = log(1 + e^−|z|) + max(z, 0)
///
/// Products end in quotients, so no sum is of two products: the compiler could fuse either with the sum, and chooses
/// differently at the end of a vectorised loop. Bits would then depend on how rows are shared.
template <typename Real>
struct Logistic {
  Real smoothing, positive;  // s, w

  double value(Real logit, Real target) const {
    const double z = static_cast<double>(logit), size = z < 0 ? -z : z;
    const double tail = static_cast<double>(Softplus::value(-absolute(logit)));
    const double no = static_cast<double>(smooth(1 - target));
    const double yes = static_cast<double>(positive * smooth(target)), both = no + yes;
    return both == 0 ? 0 : both * (size * ((z > 0 ? no : yes) / both) + tail);
  }
  /// (1 − y)·σ(z) − w·y·σ(−z): exact where z is right, too.
  template <typename Number>
  Number derivative(const Number& z, Real target) const {
    const Odds<Number> odds = oddsOf(z);
    return Number(smooth(1 - target)) * odds.yes / odds.whole -
           Number(positive * smooth(target)) * odds.no / odds.whole;
  }

  static bool correct(const Real* z, const Real* y, size_t columns, size_t) {
    for (size_t j = 0; j < columns; ++j)
      if ((z[j] > 0) != (y[j] > Real(0.5))) return false;
    return true;
  }

 private:
  /// Also of the probability 1 − y of no.
  Real smooth(Real y) const { return y + smoothing * (Real(0.5) - y); }
};

}  // namespace
}  // namespace glissade
