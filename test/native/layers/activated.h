// Activations by the kernel table, as layers use them.
#pragma once

#include <algorithm>
#include <vector>

#include "drawn.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

namespace glissade {

inline constexpr Activation kActivations[] = {Activation::identity, Activation::relu,    Activation::leakyRelu,
                                              Activation::elu,      Activation::gelu,    Activation::silu,
                                              Activation::tanh,     Activation::sigmoid, Activation::softplus};

/// activation(x), as the epilogue of the product [1]·x: whole vectors at a time.
template <typename Real>
std::vector<Real> activated(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& x) {
  PanelBuffer<Real> one(kernels.panelWidth, 1, 1);
  one.at(0, 0) = 1;
  Buffer<Real> b(x.size());
  std::copy(x.begin(), x.end(), b.data());
  std::vector<Real> y(x.size());
  Product<Real> p{};
  p.depth = 1;
  p.columns = x.size();
  p.a = constant(one.panels());
  p.b = rowMajor<const Real>(kernels, b.data(), x.size());
  p.c = rowMajor(kernels, y.data(), x.size());
  p.epilogue.activation = activation;
  kernels.multiply(p, {0, 1, 0, ceilingOf(x.size(), kernels.panelWidth)});
  return y;
}

/// activation(x), as the epilogue of the product x·[1]: one element at a time.
template <typename Real>
std::vector<Real> activatedSingly(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& x) {
  Buffer<Real> one(1);
  one[0] = 1;
  PanelBuffer<Real> a(kernels.panelWidth, x.size(), 1);
  a.assign({0, x.size()}, x.data(), 1);
  std::vector<Real> y(x.size());
  Product<Real> p{};
  p.columns = p.depth = 1;
  p.a = constant(a.panels());
  p.b = rowMajor<const Real>(kernels, one.data(), 1);
  p.c = rowMajor(kernels, y.data(), 1);
  p.epilogue.activation = activation;
  kernels.multiply(p, {0, x.size(), 0, 1});
  return y;
}

/// activation′ where the output is y and the argument x.
template <typename Real>
std::vector<Real> derivatives(const KernelsOf<Real>& kernels, Activation activation, const std::vector<Real>& y,
                              const std::vector<Real>& x) {
  std::vector<Real> gradient(x.size(), Real(1));
  kernels.activationBackward(activation, y.data(), x.data(), gradient.data(), x.size());
  return gradient;
}

}  // namespace glissade
