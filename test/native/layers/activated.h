// Activations through the table, as layers reach them.
#pragma once

#include <vector>

#include "drawn.h"
#include "matrix/product.h"

namespace glissade {

/// activation(x), as the epilogue of the product [1]·x: whole vectors at a time.
template <typename Real>
std::vector<Real> activated(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& x) {
  const Real one = 1;
  Buffer<Real> b(x.size());
  std::copy(x.begin(), x.end(), b.data());
  std::vector<Real> y(x.size());
  Product<Real> p = productOf(rowMajor(&one, 1), 1, 1, x.size(), y.data());
  p.activation = activation;
  p.b = b.data();
  p.panelStride = kernels.panelWidth;
  p.bDepthStride = x.size();
  kernels.multiply(p, 0, ceilingOf(x.size(), kernels.panelWidth));
  return y;
}

/// The same as the epilogue of the product x·[1]: one at a time.
template <typename Real>
std::vector<Real> activatedSingly(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& x) {
  Buffer<Real> one(1);
  one[0] = 1;
  std::vector<Real> y(x.size());
  Product<Real> p = productOf(rowMajor(x.data(), 1), x.size(), 1, 1, y.data());
  p.activation = activation;
  p.b = one.data();
  p.panelStride = kernels.panelWidth;
  p.bDepthStride = 1;
  kernels.multiply(p, 0, ceilingOf(x.size(), kernels.tileRows));
  return y;
}

/// activation′ where the output is y and the argument x.
template <typename Real>
std::vector<Real> derivatives(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& y,
                              const std::vector<Real>& x) {
  std::vector<Real> gradient(x.size(), Real(1));
  kernels.activationGradient(activation, y.data(), x.data(), gradient.data(), x.size());
  return gradient;
}

}  // namespace glissade
