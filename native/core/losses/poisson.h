#pragma once

#include "math/elementary.h"

namespace glissade {
namespace {

/// e^z − t·z: −log of the Poisson probability of t at the rate e^z, without the term log t!, which z does not change.
struct Poisson {
  static double value(double z, double t) { return exp(z) - t * z; }
  template <typename Number, typename Real>
  static Number derivative(const Number& z, Real t) {
    const Number half = exponential(z / 2);
    return (z > kLargest ? half * half : exponential(z)) - t;
  }

 private:
  static constexpr float kLargest = 80;  // beyond 88, the exponential of a float is that of 88
};

}  // namespace
}  // namespace glissade
