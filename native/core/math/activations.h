// The activations: the value at x, and the derivative as a function of x where needsPreactivation says so, otherwise of
// the value.
#pragma once

#include "math/activation.h"
#include "math/elementary.h"

namespace glissade {
namespace {

struct Identity {
  template <typename Number>
  static Number value(Number x) {
    return x;
  }
  template <typename Number>
  static Number derivative(Number) {
    return 1;
  }
};

/// max(x, 0). NaN stays NaN.
struct Relu {
  template <typename Number>
  static Number value(Number x) {
    return x > 0 ? x : (x != x ? x : Number(0));
  }
  template <typename Number>
  static Number derivative(Number y) {
    return y > 0 ? 1 : 0;
  }
};

/// x for x > 0, else 0.01·x (Maas, Hannun & Ng 2013).
struct LeakyRelu {
  template <typename Number>
  static Number value(Number x) {
    return x > 0 ? x : x * slope(x);
  }
  template <typename Number>
  static Number derivative(Number y) {
    return y > 0 ? Number(1) : slope(y);
  }
  template <typename Number>
  static Number slope(Number) {
    return static_cast<typename RealOf<Number>::Type>(0.01);
  }
};

/// x for x > 0, else eˣ − 1 (Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289).
struct Elu {
  template <typename Number>
  static Number value(Number x) {
    return x > 0 ? x : exponentialLess1(x);
  }
  template <typename Number>
  static Number derivative(Number y) {
    return y > 0 ? Number(1) : y + 1;
  }
};

struct Tanh {
  template <typename Number>
  static Number value(Number x) {
    return hyperbolicTangent(x);
  }
  template <typename Number>
  static Number derivative(Number y) {
    return 1 - y * y;
  }
};

struct Sigmoid {
  template <typename Number>
  static Number value(Number x) {
    return sigmoid(x);
  }
  template <typename Number>
  static Number derivative(Number y) {
    return y * (1 - y);
  }
};

/// log(1 + eˣ), whose derivative is the sigmoid, 1 − e^−y.
struct Softplus {
  template <typename Number>
  static Number value(Number x) {
    return (x > 0 ? x : Number(0)) + logarithm1p(exponential(x > 0 ? -x : x));
  }
  template <typename Number>
  static Number derivative(Number y) {
    return -exponentialLess1(-y);
  }
};

/// x·Φ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415). The second derivative is (2 − x²)·φ(x).
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
  template <typename Real>
  static Dual<Real> value(Dual<Real> x) {
    return {value(x.value), derivative(x.value) * x.tangent};
  }
  template <typename Real>
  static Dual<Real> derivative(Dual<Real> x) {
    const Real density = normal(x.value).density;
    return {derivative(x.value), (2 * density - x.value * (x.value * density)) * x.tangent};
  }
};

/// x·σ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415). The second derivative is σ(x)·σ(−x)·(2 + x·(σ(−x) − σ(x))).
struct Silu {
  template <typename Real>
  static Real value(Real x) {
    return x * sigmoid(x);
  }
  template <typename Real>
  static Real derivative(Real x) {
    const Real s = sigmoid(x);
    return s * (1 + x * (1 - s));
  }
  template <typename Real>
  static Dual<Real> value(Dual<Real> x) {
    return {value(x.value), derivative(x.value) * x.tangent};
  }
  template <typename Real>
  static Dual<Real> derivative(Dual<Real> x) {
    const auto [yes, no, whole] = oddsOf(x.value);
    const Real bend = yes * no / (whole * whole) * (2 + x.value * ((no - yes) / whole));
    return {derivative(x.value), bend * x.tangent};
  }
};

/// Calls work with an object of the activation's type, such as work(Relu{}).
template <typename Work>
inline __attribute__((always_inline)) void onActivation(Activation activation, Work work) {
  switch (activation) {
    case Activation::identity: return work(Identity{});
    case Activation::relu: return work(Relu{});
    case Activation::leakyRelu: return work(LeakyRelu{});
    case Activation::elu: return work(Elu{});
    case Activation::gelu: return work(Gelu{});
    case Activation::silu: return work(Silu{});
    case Activation::tanh: return work(Tanh{});
    case Activation::sigmoid: return work(Sigmoid{});
    case Activation::softplus: return work(Softplus{});
  }
}

// Not inlined: GCC 12 does not vectorise these loops inside a larger function.
template <typename A, typename Real>
__attribute__((noinline)) void activateAll(Real* values, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) values[i] = A::value(values[i]);
}

template <typename A, typename Real>
__attribute__((noinline)) void scaleByDerivative(const Real* at, Real* gradient, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) gradient[i] *= A::derivative(at[i]);
}

/// values ← activation(values)
template <typename Real>
__attribute__((noinline)) void activate(Activation activation, Real* values, size_t count) {
  if (activation == Activation::identity) return;
  onActivation(activation, [&]<typename A>(A) { activateAll<A>(values, count); });
}

/// gradient ← gradient ⊙ activation′, from `preactivation` if needsPreactivation(activation), else from `output`. The
/// other one may be null. Under `identity` both may be.
template <typename Real>
__attribute__((noinline)) void activationBackward(Activation activation, const Real* output, const Real* preactivation,
                                                  Real* gradient, size_t count) {
  if (activation == Activation::identity) return;
  const Real* const at = needsPreactivation(activation) ? preactivation : output;
  onActivation(activation, [&]<typename A>(A) { scaleByDerivative<A>(at, gradient, count); });
}

}  // namespace
}  // namespace glissade
