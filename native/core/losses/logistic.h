#pragma once

#include "math/activations.h"

namespace glissade {
namespace {

/// −p·y·log σ(z) − (1 − y)·log(1 − σ(z)) of a logit z, a target y in [0, 1] and the weight p of positive targets.
/// Smoothing s replaces y by (1 − s)·y + s/2. Computed without branches, which the sign of z would mispredict, as
///
///     max(z, 0) − y·z + log(1 + e^−|z|) + (p − 1)·y·(max(−z, 0) + log(1 + e^−|z|))
///
/// where max(z, 0) − y·z is exact in double for y = 0 and y = 1.
template <typename Real>
struct Logistic {
  Real smoothing, morePositive;  // s, p − 1

  double value(Real logit, Real target) const {
    const Real size = absolute(logit);
    const double z = static_cast<double>(logit), y = static_cast<double>(smooth(target));
    const double above = (static_cast<double>(size) + z) / 2, below = (static_cast<double>(size) - z) / 2;
    const double tail = static_cast<double>(Softplus::value(-size));
    return above - y * z + tail + static_cast<double>(morePositive) * y * (below + tail);
  }
  template <typename Number>
  Number derivative(const Number& z, Real target) const {
    const Real y = smooth(target);
    const Number probability = Sigmoid::value(z);
    return probability - y + morePositive * y * (probability - 1);
  }

  static bool correct(const Real* z, const Real* y, size_t columns, size_t) {
    for (size_t j = 0; j < columns; ++j)
      if ((z[j] > 0) != (y[j] > Real(0.5))) return false;
    return true;
  }

 private:
  Real smooth(Real y) const { return y + smoothing * (Real(0.5) - y); }
};

}  // namespace
}  // namespace glissade
