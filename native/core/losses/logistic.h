#pragma once

#include "math/activations.h"

namespace glissade {
namespace {

/// −p·y·log σ(z) − (1 − y)·log(1 − σ(z)) of a logit z, a target y in [0, 1] and the weight p of positive targets.
/// Smoothing s replaces y by (1 − s)·y + s/2. Computed without cancellation, as the sum of
///
///     log(1 + e^−|z|)     (1 − y)·z for z > 0, else −y·z     (p − 1)·y·log(1 + e^−z)
template <typename Real>
struct Logistic {
  Real smoothing, morePositive;  // s, p − 1

  double value(Real logit, Real target) const {
    const double z = static_cast<double>(logit), y = static_cast<double>(smooth(target));
    const double size = z < 0 ? -z : z, tail = static_cast<double>(Softplus::value(-absolute(logit)));
    return size * (z > 0 ? 1 - y : y) + tail + static_cast<double>(morePositive) * y * ((z > 0 ? 0 : size) + tail);
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
