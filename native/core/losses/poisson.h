#pragma once

#include "math/elementary.h"

namespace glissade {
namespace {

/// e^z − t·z: −log of the Poisson probability of t at the rate e^z, without the term log t!, which z does not change.
struct Poisson {
  static double value(double z, double t) { return exp(z) - t * z; }
  template <typename Number, typename Real>
  static Number derivative(const Number& z, Real t) {
    return exponential(z) - t;
  }
};

}  // namespace
}  // namespace glissade
