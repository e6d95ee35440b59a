// The activations: each with its value, and its derivative from what the way back has at hand.
#pragma once

#include "arch/kernels.h"
#include "layers/elementary.h"

namespace glissade {
namespace {

struct Relu {
  template <typename Real>
  static Real value(Real x) {
    return x > 0 ? x : (x != x ? x : 0);
  }
  template <typename Real>
  static Real derivative(Real y) {
    return y > 0 ? 1 : 0;
  }
};

struct Tanh {
  template <typename Real>
  static Real value(Real x) {
    return hyperbolicTangent(x);
  }
  template <typename Real>
  static Real derivative(Real y) {
    return 1 - y * y;
  }
};

struct Sigmoid {
  template <typename Real>
  static Real value(Real x) {
    return 1 / (1 + exponential(-x));
  }
  template <typename Real>
  static Real derivative(Real y) {
    return y * (1 - y);
  }
};

/// x·Φ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415). Its derivative needs the argument, not the value.
struct Gelu {
  template <typename Real>
  static Real value(Real x) {
    return x * normal(x).distribution;
  }
  template <typename Real>
  static Real derivative(Real x) {
    const auto n = normal(x);
    return n.distribution + x * n.density;
  }
};

template <typename A, typename Real>
void activateAll(Real* values, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) values[i] = A::value(values[i]);
}

template <typename A, typename Real>
void scaleByDerivative(const Real* at, Real* gradient, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) gradient[i] *= A::derivative(at[i]);
}

// Not inlined: as a part of a larger function GCC 12 does not vectorise them.
template <typename Real>
__attribute__((noinline)) void activate(Activation activation, Real* values, size_t count) {
  switch (activation) {
    case Activation::identity: return;
    case Activation::relu: return activateAll<Relu>(values, count);
    case Activation::tanh: return activateAll<Tanh>(values, count);
    case Activation::sigmoid: return activateAll<Sigmoid>(values, count);
    case Activation::gelu: return activateAll<Gelu>(values, count);
  }
}

template <typename Real>
__attribute__((noinline)) void activationGradient(Activation activation, const Real* output, const Real* preactivation,
                                                  Real* gradient, size_t count) {
  switch (activation) {
    case Activation::identity: return;
    case Activation::relu: return scaleByDerivative<Relu>(output, gradient, count);
    case Activation::tanh: return scaleByDerivative<Tanh>(output, gradient, count);
    case Activation::sigmoid: return scaleByDerivative<Sigmoid>(output, gradient, count);
    case Activation::gelu: return scaleByDerivative<Gelu>(preactivation, gradient, count);
  }
}

}  // namespace
}  // namespace glissade
