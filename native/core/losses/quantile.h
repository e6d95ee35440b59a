#pragma once

namespace glissade {
namespace {

/// q(t − z) for z < t, else (1 − q)(z − t). Its mean is least at the quantile q of t (Koenker & Bassett 1978). The
/// slope at z = t is 0.
template <typename Real>
struct Quantile {
  Real quantile;

  double value(double z, double t) const {
    const double q = static_cast<double>(quantile);
    return z < t ? q * (t - z) : (1 - q) * (z - t);
  }
  template <typename Number>
  Number derivative(const Number& z, Real t) const {
    return z > t ? Number(1 - quantile) : (z < t ? Number(-quantile) : Number(0));
  }
};

}  // namespace
}  // namespace glissade
