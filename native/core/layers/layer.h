#pragma once

#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "arch/kernels.h"
#include "data/random.h"
#include "matrix/product.h"
#include "parallel/team.h"

namespace glissade {

/// A parameter of a layer: its name in it, its shape, and whether weight decay applies to it.
struct ParameterShape {
  std::string name;
  std::vector<size_t> shape;
  bool decays;

  size_t size() const { return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>()); }
};

/// What a layer keeps between the ways forward and back, for up to a number of rows.
template <typename Real>
struct LayerMemory {
  Panels<const Real> input;
  Panels<Real> output;
  PanelBuffer<Real> outputs, preactivation;  // none of the last layer's outputs: they go to the caller
  PanelBuffer<Real> delta;                   // the gradient of the loss with respect to the activation's argument
};

/// Rows of a minibatch in one layer, and who works on them.
template <typename Real>
struct Pass {
  const Kernels& kernels;
  const Member& member;
  Range rows;
  const Real* parameters;
  LayerMemory<Real>& memory;

  const KernelsOf<Real>& table() const { return kernels.of<Real>(); }
};

/// A differentiable step of a network. All members of a pass call its methods together, and a barrier must follow.
template <typename Real>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual size_t inputs() const = 0;
  virtual size_t outputs() const = 0;
  virtual Activation activation() const = 0;
  virtual std::vector<ParameterShape> parameters() const = 0;
  virtual void initialize(Random& random, Real* parameters) const = 0;

  /// memory.input → memory.output
  virtual void forward(const Pass<Real>& pass) const = 0;

  /// memory.delta → the delta of the layer below, whose activation is differentiated.
  virtual void backward(const Pass<Real>& pass, Activation below, LayerMemory<Real>& memoryBelow) const = 0;

  /// The parameters are a matrix of so many rows, of width outputs().
  virtual size_t parameterRows() const = 0;

  /// After `backward` of the minibatch's first `count` rows: the gradient with respect to some rows of parameters.
  virtual void parameterGradient(const Kernels& kernels, LayerMemory<Real>& memory, size_t count, const Range& rows,
                                 Real* gradient) const = 0;
};

}  // namespace glissade
