#pragma once

namespace glissade {
namespace {

/// (z − t)²
struct Squared {
  template <typename Real>
  static double value(Real z, Real t) {
    const Real error = z - t;
    return static_cast<double>(error) * static_cast<double>(error);
  }
  template <typename Number, typename Real>
  static Number derivative(const Number& z, Real t) {
    return 2 * (z - t);
  }
};

}  // namespace
}  // namespace glissade
